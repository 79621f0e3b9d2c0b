"""The names on the wire, read from the written contract: the only thing this partner shares with anybody."""
import os
import re
import sys

import yaml

SCHEMAS = os.path.join(os.path.dirname(__file__), '..', '..', 'schemas')
#: Another file may be named, to show that what stands in it matters.
PATH = sys.argv[1] if len(sys.argv) > 1 else os.path.join(SCHEMAS, 'asyncapi.yaml')

with open(PATH, encoding='utf-8') as file:
    _contract = yaml.safe_load(file)

_headers = _contract['components']['schemas']['headers']['properties']
_axis = _contract['channels']['axis']
_messages = _contract['components']['messages']

VERSION = _headers[next(name for name, said in _headers.items() if said['x-field'] == 'contractVersion')]['const']
#: Field of this contract -> name of the header.
HEADERS = {said['x-field']: name for name, said in _headers.items()}
EXCHANGE = _axis['bindings']['amqp']['exchange']['name']
LANES = _contract['components']['parameters']['lane']['enum']
#: What travels -> (property type, property content_type).
TYPES = {
    name: (said['bindings']['amqp']['messageType'], said['contentType']) for name, said in _messages.items()
}
REFUSALS = {row['code'] for row in _contract['x-refusals']}


def routing_key(sender, recipient, lane):
    return _filled(_axis['address'], {'from': sender, 'to': recipient, 'lane': lane})


def queue_name(agency, lane):
    return _filled(_contract['channels']['queue']['address'], {'to': agency, 'lane': lane})


def _filled(address, values):
    """Dots in the codes of agencies are dashes here."""
    return re.sub(r'\{(\w+)\}', lambda found: values[found.group(1)].replace('.', '-'), address)
