"""A partner of its own make: it speaks the written contract and shares no line with anybody.

It is told what to do on standard input, a JSON object a line: {"id": 1, "do": "connect", ...}; and answers each on
standard output: {"id": 1, "ok": ...} or {"id": 1, "error": "..."}. What came over the axis waits for `next`.
It behaves; but on request it misbehaves, by changing what it is about to publish.
"""
import collections
import json
import queue
import sys
import threading
import time
import uuid

import axis
import contract
import reading
import writing


class Partner:
    def __init__(self):
        self._axis = None
        self._assembly = axis.Assembly()
        self._arrived = collections.deque()
        self._written = {}
        self._losing = frozenset()

    # ---- what it is told -----------------------------------------------------------------------------------------

    def connect(self, host, port, vhost, user, password, agency, me, signer, trust, certificates, tls=None):
        """`certificates`: OrganId -> SHA-256 of the certificates that may sign for it."""
        self._me, self._signer = me, with_certificates(signer)
        self._trust, self._certificates = trust, certificates
        self._axis = axis.Axis(host, port, vhost, user, password, agency, tls)
        self._axis.consume(self._take)
        return {'agency': agency}

    def document(self, to, attachments, signer=None, sender=None, **fields):
        """Writes and signs a document. Returns its handle."""
        files = [{**each, 'bytes': content_of(each)} for each in attachments]
        chosen = self._signer if signer is None else with_certificates(signer)
        return self._keep('document', fields['documentId'], fields.get('priority', '0'), writing.document(
            sender or self._me, to, fields, files, chosen
        ))

    def status(self, about, code, description, answers=None, signer=None, sender=None):
        """Writes and signs a status. `answers`: {sha256, references} of what it answers."""
        chosen = self._signer if signer is None else with_certificates(signer)
        octets = writing.status(sender or self._me, about, code, description, answers, chosen)
        return self._keep('status', about['documentId'], '0', octets)

    def publish(self, handle, to, size=262144, order=None, **changes):
        """Publishes the parts of a package in this order; what the broker says of each."""
        package = self._written[handle]
        bodies = axis.cut(package['octets'], size)
        order = range(len(bodies)) if order is None else order
        return [self._publish_part(package, to, bodies, number, **changes) for number in order]

    def ask(self, handle, to, size=262144):
        """The question what became of a package."""
        package = self._written[handle]
        fields = self._fields(package, to, len(axis.cut(package['octets'], size)), 0, b'')
        return self._axis.publish(to, 'status', self._axis.properties('question', package['messageId'], fields), b'')

    def raw(self, to, lane, properties, octets=0, key=None):
        """Publishes anything at all."""
        return self._axis.publish(to, lane, properties, b'x' * octets, key)

    def read_foreign(self, queue):
        return self._axis.read_foreign(queue)

    def next(self, wait=30):
        """The next thing that came: a package, a question or a list of missing parts."""
        end = time.monotonic() + wait
        while not self._arrived:
            if time.monotonic() > end:
                raise TimeoutError('nothing came')
            self._axis.work(0.02)
        return self._arrived.popleft()

    def lose_next_parts(self, numbers):
        """The next package loses these parts once, as if they had not come."""
        self._losing = set(numbers)
        return len(self._losing)

    # ---- what it does ----------------------------------------------------------------------------------------------

    def work(self, seconds):
        if self._axis is None:
            time.sleep(seconds)
        else:
            self._axis.work(seconds)

    def _take(self, lane, properties, body):
        """What is bad is put aside, as the contract says, and shown to whoever asks for what came."""
        try:
            self._take_part(lane, properties, body)
        except (KeyError, ValueError, reading.Refused) as error:
            self._arrived.append({'form': 'bad', 'messageId': properties.message_id, 'error': str(error)})

    def _take_part(self, lane, properties, body):
        fields = axis.fields_of(properties)
        if properties.type == 'query':
            if body:
                self._arrived.append({'form': 'missing', 'messageId': properties.message_id, **json.loads(body)})
            else:
                self._answer_question(properties, fields)
            return
        if fields['part'] in self._losing:
            self._losing = set(self._losing) - {fields['part']}
            return
        whole = self._assembly.add(properties, body)
        if whole is None:
            return
        _, octets = whole
        said = reading.read(octets, self._trust, self._certificates)
        if said['documentId'] != fields['documentId']:
            raise ValueError('the headers contradict the package')
        said.update(messageId=properties.message_id, lane=lane, attempt=fields['attempt'], parts=fields['parts'],
                    user=properties.user_id, type=properties.type, contentType=properties.content_type)
        self._arrived.append(said)

    def _answer_question(self, properties, fields):
        ranges = self._assembly.missing(properties)
        self._arrived.append({'form': 'question', 'messageId': properties.message_id, 'missing': ranges})
        body = axis.list_of(ranges)
        back = {**fields, 'from': fields['to'], 'to': fields['from'], 'part': 0, 'partSha256': axis.sha256(body)}
        self._axis.publish(
            fields['from'], 'status', self._axis.properties('missingParts', properties.message_id, back), body
        )

    def _publish_part(self, package, to, bodies, number, headers=None, properties=None, lane=None, only=None,
                      damage=None, octets=None):
        """`headers` and `properties` replace what would be right (null: leave it out); `only`: in this part alone;
        `damage`: this part is changed on the way, and its own digest with it; `octets`: the body is so long instead."""
        body = bodies[number]
        if damage == number:
            body = body[:-1] + bytes([body[-1] ^ 1])
        if octets is not None:
            body = b'x' * octets
        fields = self._fields(package, to, len(bodies), number, body)
        changed = only is None or only == number
        fields = replaced(fields, headers if changed else None)
        what = 'documentPart' if package['form'] == 'document' else 'statusPart'
        said = self._axis.properties(what, package['messageId'], fields)
        said = replaced(said, properties if changed else None)
        right = 'status' if package['form'] == 'status' else 'express' if package['priority'] in '1234' else 'ordinary'
        return self._axis.publish(to, lane or right, said, body)

    def _fields(self, package, to, parts, number, body):
        return {
            'from': self._axis.agency,
            'to': to,
            'documentId': package['documentId'],
            'attempt': 1,
            'part': number,
            'parts': parts,
            'partSha256': axis.sha256(body),
            'envelopeSha256': axis.sha256(package['octets']),
        }

    def _keep(self, form, document_id, priority, octets):
        reading.require_schema(reading.parsed(octets), 'edxml.xsd')
        handle = str(uuid.uuid4())
        self._written[handle] = {
            'form': form, 'documentId': document_id, 'priority': priority, 'octets': octets, 'messageId': handle,
        }
        # what it signed is what its answer must name
        return {'handle': handle, 'sha256': axis.sha256(octets), 'references': reading.references_of(octets)}


def with_certificates(signer):
    """Adds the certificates of its file, each as PEM; that of the signer is the first."""
    with open(signer['certificateFile'], encoding='ascii') as file:
        end = '-----END CERTIFICATE-----'
        return {**signer, 'certificates': [block + end + '\n' for block in file.read().split(end)[:-1]]}


def content_of(attachment):
    if 'octets' in attachment:
        return (b'0123456789abcdef' * (attachment['octets'] // 16 + 1))[:attachment['octets']]
    return attachment['text'].encode()


def replaced(values, changes):
    merged = {**values, **(changes or {})}
    return {name: value for name, value in merged.items() if value is not None}


COMMANDS = ('connect', 'document', 'status', 'publish', 'ask', 'raw', 'read_foreign', 'next', 'lose_next_parts')


def main():
    lines = queue.Queue()

    def read_lines():
        for line in sys.stdin:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read_lines, daemon=True).start()
    partner = Partner()
    while True:
        try:
            line = lines.get_nowait()
        except queue.Empty:
            partner.work(0.02)
            continue
        if line is None:
            return
        command = json.loads(line)
        number, name = command.pop('id'), command.pop('do')
        try:
            if name not in COMMANDS:
                raise ValueError(f'{name} is no command')
            answer = {'id': number, 'ok': getattr(partner, name)(**command)}
        except Exception as error:  # the test hears of it
            answer = {'id': number, 'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    main()
