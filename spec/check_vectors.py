"""A second reading of the protocol: the rules in Python, tried on the same vectors. `python3 spec/check_vectors.py`"""
import base64, hashlib, hmac, json, math, pathlib, re, sys

SPEC = pathlib.Path(__file__).parent
MAX = 2**53 - 1
PRINTABLE = "[!-~]{1,128}"
CHANNEL = r"[a-z][a-z0-9-]{0,31}(:[A-Za-z0-9._~:/@+=,-]{1,200})?"
PATTERN = r"\*|[a-z][a-z0-9-]{0,31}:[A-Za-z0-9._~:/@+=,-]{0,200}\*"
CLIENT = {"connect", "disconnect", "ping", "pong", "auth_request", "subscribe", "unsubscribe"}
SERVER = {"error", "auth_success", "auth_failure", "auth_expiring", "subscription_update", "channel_state", "demand", "ack"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
NOTES = {"$schema", "$id", "title", "description", "examples", "contentEncoding", "x-signalbox"}
RULES = {"type", "enum", "const", "anyOf", "minimum", "exclusiveMinimum", "maximum", "minLength", "maxLength", "pattern", "maxItems", "items",
         "required", "maxProperties", "propertyNames", "properties", "additionalProperties"}


def read(path):
    return json.loads((SPEC / path).read_text(encoding="utf-8"))


def fits(text, pattern):
    return isinstance(text, str) and re.fullmatch(pattern, text) is not None


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) != float("inf")


def whole(value, least=0):
    return number(value) and least <= value <= MAX and value == int(value)


def short(value, units=256):
    return isinstance(value, str) and len(value.encode("utf-16-le", "surrogatepass")) <= 2 * units


# ── JSON Schema: the path of the first fault, or None ──
def fault(schema, value, path=""):
    assert set(schema) <= NOTES | RULES, f"teach this script {set(schema) - NOTES - RULES}"
    kind = schema.get("type")
    if kind in TYPES and not isinstance(value, TYPES[kind]) or kind in ("number", "integer") and not number(value):
        return path
    if kind == "integer" and value != int(value) or "enum" in schema and value not in schema["enum"]:
        return path
    if "const" in schema and (type(value), value) != (type(schema["const"]), schema["const"]):
        return path
    if "anyOf" in schema and all(fault(one, value) is not None for one in schema["anyOf"]):
        return path
    if number(value) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return path
    if number(value) and value <= schema.get("exclusiveMinimum", -math.inf):
        return path
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            return path
        if "pattern" in schema and not fits(value, schema["pattern"].strip("^$")):
            return path
    inner = []
    if isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            return path
        inner = [(schema.get("items", {}), item, i) for i, item in enumerate(value)]
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                return path if kind is None else f"{path}/{name}"
        if len(value) > schema.get("maxProperties", len(value)):
            return path
        known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        inner = [(known.get(name, others), item, name.replace("~", "~0").replace("/", "~1")) for name, item in value.items()]
        inner += [(schema.get("propertyNames", {}), name, name) for name in value]
    return next((found for rule, item, name in inner if (found := fault(rule, item, f"{path}/{name}")) is not None), None)


# ── §1: one frame; (fatal, path, messages) ──
def envelope_fault(message):
    if not isinstance(message, dict):
        return ""
    if not fits(message.get("type"), "[a-z][a-z0-9_.-]{0,63}"):
        return "/type"
    metadata = message.get("metadata", {})
    checks = [("/id", fits(message.get("id", "-"), PRINTABLE)), ("/timestamp", whole(message.get("timestamp", 0))),
              ("/channel", isinstance(message.get("channel", ""), str)), ("/metadata", isinstance(metadata, dict))]
    if isinstance(metadata, dict):
        names = ("version", "source", "correlationId", "idempotencyKey")
        checks += [(f"/metadata/{name}", short(metadata.get(name, ""))) for name in names]
        if "producer" in metadata:
            producer = metadata["producer"] if isinstance(metadata["producer"], dict) else {}
            checks += [("/metadata/producer/id", fits(producer.get("id"), PRINTABLE)),
                       ("/metadata/producer/epoch", whole(producer.get("epoch"))),
                       ("/metadata/producer/seq", whole(producer.get("seq"), 1))]
        expected = metadata.get("expected", {"epoch": "e", "offset": 0})
        checks += [("/metadata/expected", isinstance(expected, dict) and fits(expected.get("epoch"), "[A-Za-z0-9_-]{1,64}") and whole(expected.get("offset")))]
        tags = metadata.get("tags", {})
        checks += [("/metadata/tags", isinstance(tags, dict) and len(tags) <= 32)]
        pairs = tags.items() if isinstance(tags, dict) else []
        checks += [(f"/metadata/tags/{name[:64]}", short(value) and short(name, 64)) for name, value in pairs]
    return next((path for path, good in checks if not good), None)


def keys(value):
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return (len(value) if isinstance(value, dict) else 0) + sum(map(keys, items))


def depth(value):
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if items is None else 1 + max(map(depth, items), default=0)


def endless(value):
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value in (math.inf, -math.inf) or any(map(endless, items))


def refuse(constant):
    raise ValueError(constant)


def decode(text, limits):
    try:
        parsed = json.loads(text, parse_constant=refuse)
    except ValueError:
        return True, "", None
    batch = isinstance(parsed, list)
    messages = parsed if batch else [parsed]
    if len(messages) > limits["batchMessages"]:
        return False, "", None
    for i, message in enumerate(messages):
        path = envelope_fault(message)
        too_much = depth(message) > limits["jsonDepth"] or keys(message) > limits["jsonKeys"] or endless(message)
        if path is None and too_much:
            path = ""
        if path is not None:
            return False, (f"/{i}" if batch else "") + path, None
    return False, None, messages


# ── §2, §3.7 and §4.5 ──
def position(text):
    found = re.fullmatch("([A-Za-z0-9_-]{1,64}):(0|[1-9][0-9]{0,15})", text)
    return {"epoch": found[1], "offset": int(found[2])} if found and int(found[2]) <= MAX else None


def covers(pattern, channel):
    return channel.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == channel


def reconnects(close):
    return close not in (1002, 1003, 1007, 1008, 1009, 1010) and (close < 3500 or 4000 <= close < 4500)


def derived(schema, data):
    for template in schema.get("x-signalbox", {}).get("channel", []):
        prefix, _, field = template.rstrip("}").partition("{")
        if not field:
            return prefix
        if isinstance(data, dict) and isinstance(data.get(field), str) and data[field]:
            return prefix + data[field]


def tags_of(message):
    declared, data = schemas.get(message["type"], {}).get("x-signalbox", {}).get("tags", []), message.get("data")
    fields = {name: data[name] for name in declared if name in data} if isinstance(data, dict) else {}
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    return {**texts, **message.get("metadata", {}).get("tags", {})}


def passes(wanted, message):
    tags = tags_of(message)
    listed = {name: [value] if isinstance(value, str) else value for name, value in wanted.get("tags", {}).items()}
    return message["type"] in wanted.get("types", [message["type"]]) and all(
        tags.get(name) in values for name, values in listed.items())


def event_fault(message):
    if message["type"] in SERVER:
        return "/type"
    return fault(schemas[message["type"]], message.get("data", {}), "/data")


# ── §15.5 ──
def webhook(secrets, headers, body, now):
    given = {name.lower(): value for name, value in headers.items()}
    if not all(f"webhook-{name}" in given for name in ("id", "timestamp", "signature")):
        return "header"
    at = given["webhook-timestamp"]
    if not fits(at, "[0-9]{1,12}") or abs(now - int(at) * 1000) > 300_000:
        return "timestamp"
    text = f"{given['webhook-id']}.{at}.{body}".encode()
    keys = [base64.b64decode(secret[len("whsec_"):]) for secret in secrets]
    right = {"v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode() for key in keys}
    return "ok" if right & set(given["webhook-signature"].split(" ")) else "signature"


agreed, differing = 0, []


def expect(name, got, wanted):
    global agreed
    agreed += got == wanted
    if got != wanted:
        differing.append(f"{name}: vector says {wanted!r}, Python says {got!r}")


schemas = {file.stem: read(file) for file in SPEC.glob("schemas/*.json")}
for file in sorted(SPEC.glob("vectors/*.json")):
    one = read(file)
    family = one["family"]
    if family == "envelope":
        for v in one["valid"]:
            expect(v["name"], decode(v["text"], one["limits"]), (False, None, v["messages"]))
        for v in one["invalid"]:
            expect(v["name"], decode(v["text"], one["limits"]), (False, v["path"], None))
        for v in one["fatal"]:
            expect(v["name"], decode(v["text"], one["limits"]), (True, "", None))
    elif family == "positions":
        for v in one["valid"] + one["invalid"]:
            expect(v["name"], position(v["text"]), v.get("position"))
    elif family == "channels":
        for v in one["valid"]:
            expect(v["channel"], (fits(v["channel"], CHANNEL), v["channel"].split(":")[0]), (True, v["namespace"]))
        for v in one["invalid"]:
            expect(v["name"], fits(v["channel"], CHANNEL), False)
        for good in (True, False):
            for text in one["patterns"]["valid" if good else "invalid"]:
                expect(text, fits(text, PATTERN), good)
        for v in one["matches"]:
            expect(f"{v['pattern']} {v['channel']}", covers(v["pattern"], v["channel"]), v["matches"])
        for v in one["names"]:
            expect(v["text"], re.sub("[^A-Za-z0-9._~:/@+=,-]+", "-", v["text"])[:200] or "-", v["name"])
    elif family == "codes":
        for v in one["mayReconnect"]:
            expect(f"close {v['number']}", reconnects(v["number"]), v["mayReconnect"])
    elif family == "filters":
        for v in one["cases"]:
            expect(v["name"], (tags_of(v["message"]), passes(v["filter"], v["message"])), (v["tags"], v["matches"]))
    elif family == "amqp":
        for v in one["keys"]:
            space, dot, rest = v["key"].partition(".")
            name = f"{space}:{rest}" if dot and space in one["namespaces"] else v["key"] if v["key"] == "global" else ""
            expect(v["key"], name if fits(name, CHANNEL) else None, v["channel"])
        for v in one["cases"]:
            if "event" in v:
                known = v["event"]["type"] in schemas
                got = event_fault(v["event"]) if known else None, fits(v["event"]["channel"], CHANNEL)
                expect(v["name"], got, (None, True))
    elif family == "webhooks":
        for v in one["cases"]:
            expect(v["name"], webhook(v["secrets"], v["headers"], v["body"], v["nowMs"]), v["result"])
    elif family in ("foreign", "socketio"):
        for v in one["cases"]:
            expect(v["name"], (event_fault(v["event"]), fits(v["event"]["channel"], CHANNEL)), (None, True))
    elif family == "webgui":
        for v in one["read"]:
            event = v.get("event", {})
            odd = event.get("type") in schemas and event_fault(event) or None
            expect(v["name"], "reason" in v or (odd, "webgui:" + event["channel"], fits(event["channel"], CHANNEL)),
                   "reason" in v or (None, v["channel"], True))
        for v in one["written"]:
            named = v["message"] is not None and (v["channel"], v["message"]["signalbox"]["offset"])
            expect(v["name"], named, v["message"] is not None and ("webgui:" + v["event"]["channel"], v["event"]["offset"]))
    else:
        for v in one["valid"]:
            channel = derived(schemas[v["message"]["type"]], v["message"].get("data"))
            got = event_fault(v["message"]), channel if fits(channel, CHANNEL) else None
            expect(f"{family}: {v['name']}", got, (None, v.get("channel")))
        for v in one["invalid"]:
            expect(f"{family}: {v['name']}", event_fault(v["message"]), v["path"])

scenario_schema = read("scenarios/schema.json")
for path in sorted((SPEC / "scenarios").glob("*.json")):
    if path.name != "schema.json":
        expect(f"scenario {path.stem}", fault(scenario_schema, read(path)), None)

if differing:
    sys.exit("\n".join([*differing, f"{len(differing)} vectors differ, {agreed} agree"]))
print(f"{agreed} vectors agree")
