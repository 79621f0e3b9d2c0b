"""Parts on the axis: chapters 1 and 2 of the contract."""
import hashlib
import json
import ssl
import time

import pika

import contract


def cut(octets, size):
    """Part 0 ends where the attachments begin; the others are cut anywhere."""
    tail = octets.find(b'<AttachmentEncoded')
    if tail < 0:
        return [octets]
    return [octets[:tail], *(octets[at:at + size] for at in range(tail, len(octets), size))]


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


def with_client_certificate(tls):
    context = ssl.create_default_context(cafile=tls['ca'])
    context.load_cert_chain(tls['certificate'], tls['key'])
    return context


class Axis:
    """One broker user's connection."""

    def __init__(self, host, port, vhost, user, password, agency, tls=None):
        self.user, self.agency = user, agency
        self._connection = pika.BlockingConnection(pika.ConnectionParameters(
            host, port, vhost, pika.PlainCredentials(user, password), heartbeat=30,
            ssl_options=None if tls is None else pika.SSLOptions(with_client_certificate(tls), host),
        ))
        self._publishing = self._open()

    def consume(self, take):
        """`take(lane, properties, body)` returns when the part is safe; then it is acknowledged."""
        channel = self._connection.channel()
        channel.basic_qos(prefetch_count=32)
        for lane in contract.LANES:

            def taken(_, method, properties, body, lane=lane):
                take(lane, properties, body)
                channel.basic_ack(method.delivery_tag)

            channel.basic_consume(contract.queue_name(self.agency, lane), taken)

    def work(self, seconds):
        self._connection.process_data_events(time_limit=seconds)

    def properties(self, what, message_id, fields):
        kind, content_type = contract.TYPES[what]
        fields = {'contractVersion': contract.VERSION, **fields}
        headers = {contract.HEADERS[field]: value for field, value in fields.items()}
        return {
            'message_id': message_id,
            'type': kind,
            'content_type': content_type,
            'user_id': self.user,
            'timestamp': int(time.time()),
            'delivery_mode': 2,
            'headers': headers,
        }

    def publish(self, recipient, lane, properties, body, sender=None):
        """What the broker says of it: confirmed, returned (no queue), refused (full queue), or why it hung up."""
        key = contract.routing_key(sender or self.agency, recipient, lane)
        try:
            self._publishing.basic_publish(
                contract.EXCHANGE, key, body, pika.BasicProperties(**properties), mandatory=True
            )
            return 'confirmed'
        except pika.exceptions.UnroutableError:
            return 'returned'
        except pika.exceptions.NackError:
            return 'refused'
        except pika.exceptions.ChannelClosedByBroker as error:
            self._publishing = self._open()
            return f'closed {error.reply_code}'

    def read_foreign(self, queue):
        """Tries to read a queue that is not ours. Returns what the broker says."""
        channel = self._connection.channel()
        try:
            channel.basic_consume(queue, lambda *_: None)
            channel.close()
            return 'allowed'
        except pika.exceptions.ChannelClosedByBroker as error:
            return f'closed {error.reply_code}'

    def _open(self):
        channel = self._connection.channel()
        channel.confirm_delivery()
        return channel


class Assembly:
    """Parts of packages until they are whole."""

    def __init__(self):
        self._packages = {}

    def add(self, properties, body):
        """The whole package as (fields, octets), or None while parts are missing. Raises ValueError on a bad part."""
        fields = fields_of(properties)
        if sha256(body) != fields['partSha256']:
            raise ValueError('the digest of a part is another one')
        parts = self._packages.setdefault((properties.user_id, properties.message_id), {})
        parts[fields['part']] = body
        if len(parts) < fields['parts']:
            return None
        octets = b''.join(parts[number] for number in range(fields['parts']))
        if sha256(octets) != fields['envelopeSha256']:
            raise ValueError('the digest of the package is another one')
        del self._packages[(properties.user_id, properties.message_id)]
        return fields, octets

    def missing(self, properties):
        """Ranges of the parts that are not there."""
        present = self._packages.get((properties.user_id, properties.message_id), {})
        ranges = []
        for number in range(fields_of(properties)['parts']):
            if number in present:
                continue
            if ranges and ranges[-1][1] == number - 1:
                ranges[-1][1] = number
            else:
                ranges.append([number, number])
        return ranges

    def forget(self, properties, numbers):
        """As if these parts had never come: for a partner whose disk was lost."""
        parts = self._packages.get((properties.user_id, properties.message_id), {})
        for number in numbers:
            parts.pop(number, None)


def fields_of(properties):
    """Headers by the field of the contract; one that is missing raises KeyError."""
    headers = properties.headers or {}
    return {field: headers[name] for field, name in contract.HEADERS.items()}


def list_of(ranges):
    return json.dumps({'missing': ranges}).encode()
