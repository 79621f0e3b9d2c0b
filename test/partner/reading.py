"""Verifies a package with xmlsec1 and reads it: chapters 3 to 5 of the contract, from the other side."""
import base64
import hashlib
import os
import subprocess
import tempfile

from lxml import etree

import contract
from names import DS, EDXML, EXCLUSIVE, RECEIPT, SIGNED, xmlsec1_ids


class Refused(Exception):
    """The package is not what the contract says."""


def read(octets, trust_file, certificates):
    """What a verified package says. `certificates` maps the OrganId of each agency to its certificates in DER, hashed."""
    require_signature(octets, trust_file)
    root = parsed(octets)
    require_schema(root, 'edxml-read.xsd')
    header = one(root, 'e:edXMLEnvelope/e:edXMLHeader')
    signature = header[-1]
    if signature.tag != f'{{{DS}}}Signature' or len(root.findall('.//{%s}Signature' % DS)) != 1:
        raise Refused('the one signature is not the last child of edXMLHeader')
    references = require_references(root, header, signature)
    message = one(header, 'e:MessageHeader')
    sender = text(message, 'e:From/e:OrganId')
    signer = signing_certificate(signature)
    if signer not in certificates.get(sender, ()):
        raise Refused(f'the certificate is not one of {sender}')
    code = text(message, 'e:StatusCode')
    said = {
        'form': 'document' if code is None else 'status',
        'from': sender,
        'sha256': hashlib.sha256(octets).hexdigest(),
        'references': references,
        'signer': signer,
        'answers': answered(signature),
    }
    if code is None:
        said.update(
            documentId=text(message, 'e:DocumentId'),
            subject=text(message, 'e:Subject'),
            to=[element.text for element in message.findall('e:To/e:OrganId', SPACES)],
            attachments=[
                {
                    'name': text(element, 'e:AttachmentName'),
                    'sha256': hashlib.sha256(base64.b64decode(text(element, 'e:ContentTransferEncoded'))).hexdigest(),
                }
                for element in root.findall('e:AttachmentEncoded/e:Attachment', SPACES)
            ],
        )
    else:
        said.update(
            code=code,
            description=text(message, 'e:Description'),
            to=[text(message, 'e:ResponseFor/e:OrganId')],
            documentId=text(message, 'e:ResponseFor/e:DocumentId'),
        )
    return said


def references_of(octets):
    """URI, method and value of each reference, in their order, whether they are true or not."""
    return [named(each) for each in parsed(octets).findall('.//ds:SignedInfo/ds:Reference', SPACES)]


def parsed(octets):
    return etree.fromstring(octets, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def require_schema(root, name):
    """`edxml.xsd` holds what we write, `edxml-read.xsd` what others do."""
    schema = etree.XMLSchema(file=os.path.join(contract.SCHEMAS, name))
    if not schema.validate(root):
        raise Refused(f'{name}: {schema.error_log.last_error}')


def require_signature(octets, trust_file):
    with tempfile.NamedTemporaryFile(suffix='.xml') as file:
        file.write(octets)
        file.flush()
        done = subprocess.run(
            ['xmlsec1', '--verify', '--enabled-key-data', 'x509', '--trusted-pem', trust_file, *xmlsec1_ids(), file.name],
            capture_output=True, check=False,
        )
    if done.returncode != 0:
        raise Refused(f'xmlsec1 does not verify: {done.stderr.decode()}')


def require_references(root, header, signature):
    """Exactly one reference to each part that must be signed, each with exclusive canonicalization alone."""
    places = [
        *header.findall('e:MessageHeader', SPACES),
        *header.findall('e:TraceHeaderList', SPACES),
        *root.findall('e:edXMLEnvelope/e:edXMLBody', SPACES),
        *root.findall('e:AttachmentEncoded', SPACES),
        *signature.findall('ds:Object/x:QualifyingProperties/x:SignedProperties', SPACES),
        *signature.findall('ds:Object/lt:NonRepudiationInformation', SPACES),
    ]
    references = signature.findall('ds:SignedInfo/ds:Reference', SPACES)
    if sorted('#' + place.get('Id') for place in places) != sorted(each.get('URI') for each in references):
        raise Refused('the references are not those of the contract')
    for each in references:
        if [step.get('Algorithm') for step in each.findall('ds:Transforms/ds:Transform', SPACES)] != [EXCLUSIVE]:
            raise Refused(f'the reference {each.get("URI")} has other transforms')
    return [named(each) for each in references]


def signing_certificate(signature):
    """SHA-256 of the certificate that the signed properties name; it stands in KeyInfo."""
    said = one(signature, 'ds:Object/x:QualifyingProperties/x:SignedProperties/x:SignedSignatureProperties/'
               'x:SigningCertificateV2/x:Cert/x:CertDigest/ds:DigestValue')
    fingerprint = base64.b64decode(said.text).hex()
    offered = signature.findall('ds:KeyInfo/ds:X509Data/ds:X509Certificate', SPACES)
    if fingerprint not in [hashlib.sha256(base64.b64decode(each.text)).hexdigest() for each in offered]:
        raise Refused('KeyInfo does not hold the signing certificate')
    return fingerprint


def answered(signature):
    """The non-repudiation information, if it is there: which octets this status answers."""
    found = signature.find('ds:Object/lt:NonRepudiationInformation', SPACES)
    if found is None:
        return None
    envelope = one(found, 'lt:EnvelopeDigest/ds:DigestValue').text
    return {
        'sha256': base64.b64decode(envelope).hex(),
        'references': [named(each) for each in found.findall('ds:Reference', SPACES)],
    }


def named(reference):
    return {
        'uri': reference.get('URI'),
        'method': one(reference, 'ds:DigestMethod').get('Algorithm'),
        'value': one(reference, 'ds:DigestValue').text.strip(),
    }


def one(element, path):
    found = element.findall(path, SPACES)
    if not found:
        raise Refused(f'{path} is missing')
    return found[0]


def text(element, path):
    found = element.find(path, SPACES)
    return None if found is None or found.text is None else found.text.strip()


SPACES = {'e': EDXML, 'ds': DS, 'x': SIGNED[4][0], 'lt': RECEIPT}
