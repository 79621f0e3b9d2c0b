/** The one namespace of edXML; only a name, although it still says mic.gov.vn (edXML notes §4.1). */
export const QCVN = 'http://www.mic.gov.vn/TBT/QCVN_102_2016'

/** The prefix that everything inside the envelope is written with (edXML notes §4.11, TOL-02). */
export const PREFIX = 'edXML'
