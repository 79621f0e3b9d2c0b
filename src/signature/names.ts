/** The namespaces a package may use where we look. Prefixes mean nothing (edXML notes §4.11, TOL-01). */
export const namespaces = {
  edxml: 'http://www.mic.gov.vn/TBT/QCVN_102_2016',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
  xades: 'http://uri.etsi.org/01903/v1.3.2#',
  /** Non-repudiation information in an answering status; fixed by the contract. */
  receipt: 'urn:vn:lienthong:receipt:1',
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
} as const

/** The Ids our writer gives to the signed parts. Partners may use other values: what counts is the place. */
export const signedIds = {
  messageHeader: 'MessageHeader',
  traceHeaderList: 'TraceHeaderList',
  body: 'edXMLBody',
  attachments: 'AttachmentEncoded',
} as const

/** Type of the reference that covers the XAdES properties (ETSI EN 319 132-1 §4.4.2). */
export const SIGNED_PROPERTIES_TYPE = 'http://uri.etsi.org/01903#SignedProperties'
