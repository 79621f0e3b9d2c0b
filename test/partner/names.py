"""Namespaces and algorithms, as the contract writes them."""

EDXML = 'http://www.mic.gov.vn/TBT/QCVN_102_2016'
DS = 'http://www.w3.org/2000/09/xmldsig#'
XADES = 'http://uri.etsi.org/01903/v1.3.2#'
RECEIPT = 'urn:vn:lienthong:receipt:1'
EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'
SIGNED_PROPERTIES = 'http://uri.etsi.org/01903#SignedProperties'

#: The elements that a signature may refer to.
SIGNED = (
    (EDXML, 'MessageHeader'),
    (EDXML, 'TraceHeaderList'),
    (EDXML, 'edXMLBody'),
    (EDXML, 'AttachmentEncoded'),
    (XADES, 'SignedProperties'),
    (RECEIPT, 'NonRepudiationInformation'),
)


def xmlsec1_ids():
    """xmlsec1 must be told which attributes are ids."""
    return [word for namespace, name in SIGNED for word in ('--id-attr:Id', f'{namespace}:{name}')]
