"""Writes edXML packages as text and lets xmlsec1 sign them: chapters 3 to 5 of the contract."""
import base64
import hashlib
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from xml.sax.saxutils import escape

from names import DS, EDXML, EXCLUSIVE, RECEIPT, SHA256, SIGNED_PROPERTIES, XADES, xmlsec1_ids

VIETNAM = timezone(timedelta(hours=7))
METHODS = {
    'rsa': 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'ec': 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
}


def document(sender, recipients, fields, attachments, signer):
    """One signed document. `attachments` are dictionaries with `name`, `type` and `bytes`."""
    header = leaves([('From', leaf('OrganId', sender['wireCode']) + leaf('OrganName', sender['name']))])
    header += ''.join(
        leaves([('To', leaf('OrganId', each['wireCode']) + leaf('OrganName', each['name']))]) for each in recipients
    )
    header += leaf('DocumentId', fields['documentId'])
    header += leaves([
        ('Code', leaf('CodeNumber', fields.get('number', '1')) + leaf('CodeNotation', fields.get('notation', 'VPCP-TH'))),
        ('PromulgationInfo', leaf('Place', 'Hà Nội') + leaf('PromulgationDate', today())),
        ('DocumentType', leaf('Type', '18') + leaf('TypeDetail', '0') + leaf('TypeName', 'Công văn')),
    ])
    header += leaf('Subject', fields['subject'])
    header += leaves([
        ('SignerInfo', leaf('FullName', 'Trần Thị Bình')),
        ('OtherInfo', leaf('Priority', fields.get('priority', '0')) + leaf('Direction', 'false')),
    ])
    trace = leaves([
        ('TraceHeader', leaf('OrganId', sender['wireCode']) + leaf('Timestamp', now_in_vietnam())),
        ('Bussiness', leaf('BussinessDocType', '0') + leaf('Paper', '0')),
    ])
    manifest = ''.join(
        leaves([('Reference', leaf('ContentId', f'cid:f-{n}') + leaf('ContentType', one['type'])
                 + leaf('AttachmentName', one['name']))])
        for n, one in enumerate(attachments, 1)
    )
    tail = ''.join(attachment(n, one) for n, one in enumerate(attachments, 1))
    parts = ['MessageHeader', 'TraceHeaderList', 'edXMLBody', 'AttachmentEncoded']
    text = (
        f'<edXML xmlns="{EDXML}">\n<e:edXMLEnvelope xmlns:e="{EDXML}">\n<e:edXMLHeader>\n'
        f'<e:MessageHeader Id="MessageHeader">{header}</e:MessageHeader>\n'
        f'<e:TraceHeaderList Id="TraceHeaderList">{trace}</e:TraceHeaderList>\n'
        f'{signature(parts, signer)}</e:edXMLHeader>\n'
        f'<e:edXMLBody Id="edXMLBody"><e:edXMLManifest version="1.0">{manifest}</e:edXMLManifest></e:edXMLBody>\n'
        f'</e:edXMLEnvelope>\n<AttachmentEncoded Id="AttachmentEncoded">{tail}</AttachmentEncoded>\n</edXML>\n'
    )
    return signed(text, signer)


def status(sender, about, code, description, answers, signer):
    """One signed status. `answers` is what it answers, as `digests` of reading.py has it, or None."""
    header = leaves([
        ('From', leaf('OrganId', sender['wireCode']) + leaf('OrganName', sender['name'])),
        ('ResponseFor', leaf('OrganId', about['organId']) + leaf('DocumentId', about['documentId'])),
        ('StaffInfo', leaf('Staff', 'Văn thư')),
    ])
    header += leaf('StatusCode', code) + leaf('Description', description) + leaf('Timestamp', now_in_vietnam())
    text = (
        f'<edXML xmlns="{EDXML}">\n<e:edXMLEnvelope xmlns:e="{EDXML}">\n<e:edXMLHeader>\n'
        f'<e:MessageHeader Id="MessageHeader">{header}</e:MessageHeader>\n'
        f'{signature(["MessageHeader"], signer, answers)}</e:edXMLHeader>\n</e:edXMLEnvelope>\n</edXML>\n'
    )
    return signed(text, signer)


def attachment(number, one):
    content = base64.b64encode(one['bytes']).decode()
    return (
        f'<Attachment><ContentId>cid:f-{number}</ContentId><AttachmentName>{escape(one["name"])}</AttachmentName>'
        f'<ContentType>{escape(one["type"])}</ContentType>'
        f'<edXML:ContentTransferEncoded xmlns:edXML="{EDXML}">{content}</edXML:ContentTransferEncoded></Attachment>'
    )


def signature(parts, signer, answers=None):
    """A template: xmlsec1 fills in digests, value and certificates."""
    leaf_certificate = base64.b64decode(''.join(signer['certificates'][0].split('-----')[2].split()))
    fingerprint = base64.b64encode(hashlib.sha256(leaf_certificate).digest()).decode()
    instant = datetime.now(timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    non_repudiation = '' if answers is None else f'<ds:Object>{information(answers)}</ds:Object>'
    references = ''.join(reference(name) for name in parts)
    references += reference('SignedProperties', f' Type="{SIGNED_PROPERTIES}"')
    references += '' if answers is None else reference('NonRepudiationInformation')
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="Signature"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/><ds:SignatureMethod Algorithm="{METHODS[signer["kind"]]}"/>'
        f'{references}</ds:SignedInfo><ds:SignatureValue/>'
        '<ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo>'
        f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#Signature">'
        '<xades:SignedProperties Id="SignedProperties"><xades:SignedSignatureProperties>'
        f'<xades:SigningTime>{instant}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{fingerprint}</ds:DigestValue>'
        '</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>'
        f'</xades:SignedProperties></xades:QualifyingProperties></ds:Object>{non_repudiation}</ds:Signature>'
    )


def reference(name, attributes=''):
    return (
        f'<ds:Reference{attributes} URI="#{name}"><ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue/></ds:Reference>'
    )


def information(answers):
    envelope = base64.b64encode(bytes.fromhex(answers['sha256'])).decode()
    named = ''.join(
        f'<ds:Reference URI="{one["uri"]}"><ds:DigestMethod Algorithm="{one["method"]}"/>'
        f'<ds:DigestValue>{one["value"]}</ds:DigestValue></ds:Reference>'
        for one in answers['references']
    )
    return (
        f'<lt:NonRepudiationInformation xmlns:lt="{RECEIPT}" Id="NonRepudiationInformation"><lt:EnvelopeDigest>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{envelope}</ds:DigestValue></lt:EnvelopeDigest>'
        f'{named}</lt:NonRepudiationInformation>'
    )


def signed(template, signer):
    """xmlsec1 takes the key and each certificate from a file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        files = [signer['privateKeyFile']]
        for number, pem in enumerate(signer['certificates']):
            files.append(f'{folder}/{number}.crt')
            with open(files[-1], 'w', encoding='ascii') as file:
                file.write(pem)
        with open(f'{folder}/template.xml', 'wb') as file:
            file.write(template.encode())
        done = subprocess.run(
            ['xmlsec1', '--sign', '--privkey-pem', ','.join(files), *xmlsec1_ids(), file.name],
            capture_output=True, check=False,
        )
    if done.returncode != 0:
        raise ValueError(f'xmlsec1 does not sign: {done.stderr.decode()}')
    return done.stdout


def leaves(elements):
    return ''.join(f'<e:{name}>{content}</e:{name}>' for name, content in elements)


def leaf(name, text):
    return f'<e:{name}>{escape(text)}</e:{name}>'


def today():
    return datetime.now(VIETNAM).strftime('%Y/%m/%d')


def now_in_vietnam():
    return datetime.now(VIETNAM).strftime('%Y/%m/%d %H:%M:%S')
