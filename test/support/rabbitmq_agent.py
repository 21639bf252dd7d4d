"""An agent that knows RabbitMQ and nothing of Signalbox: publishes what it reads, a JSON document a line, and says when RabbitMQ has it.

A line is {"key": ROUTING_KEY, "body": TEXT, "properties"?: {...}}. What was not confirmed is published again, with its own id.
"""
import json
import sys
import time

import pika
from pika.exceptions import AMQPError

url, exchange = sys.argv[1:]


def connected():
    while True:
        try:
            channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
            channel.confirm_delivery()
            return channel
        except (AMQPError, OSError):
            time.sleep(0.1)


channel = connected()
for count, line in enumerate(sys.stdin, 1):
    message = json.loads(line)
    properties = pika.BasicProperties(delivery_mode=2, **message.get("properties", {}))
    while True:
        try:
            channel.basic_publish(exchange, message["key"], message["body"].encode(), properties, mandatory=True)
            break
        except (AMQPError, OSError):
            time.sleep(0.1)
            channel = connected()
    print(count, flush=True)
