/** Programs that send a signed message, ready to be pasted: no package but what a system has. Pure. */
export interface Sample {
  url: string;
  /** Empty where nobody can know it any more: the reader puts it there. */
  secret: string;
  body: unknown;
}

const PLACE = 'whsec_...';

const shellQuoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** What a shell and openssl can do: Linux, macOS, WSL. */
export function shellSample({ url, secret, body }: Sample): string {
  return `SECRET=${shellQuoted(secret || PLACE)}
BODY=${shellQuoted(JSON.stringify(body))}
ID="msg_$(openssl rand -hex 12)"
TIME="$(date +%s)"
KEY="$(printf %s "\${SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')"
SIGNATURE="$(printf %s "$ID.$TIME.$BODY" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | openssl base64 -A)"

curl ${shellQuoted(url)} \\
  -H 'content-type: application/json' \\
  -H "webhook-id: $ID" \\
  -H "webhook-timestamp: $TIME" \\
  -H "webhook-signature: v1,$SIGNATURE" \\
  --data-binary "$BODY"
`;
}

/** JSON is nearly Python; its three words are not. */
function pythonOf(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonOf).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${pythonOf(inner)}`);
  return `{${pairs.join(', ')}}`;
}

/** The standard library alone. */
export function pythonSample({ url, secret, body }: Sample): string {
  return `import base64, hashlib, hmac, json, time, urllib.request, uuid

URL = ${JSON.stringify(url)}
SECRET = ${JSON.stringify(secret || PLACE)}

body = json.dumps(${pythonOf(body)}).encode()
message_id, timestamp = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
key = base64.b64decode(SECRET.removeprefix("whsec_"))
digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
headers = {
    "content-type": "application/json",
    "webhook-id": message_id,
    "webhook-timestamp": timestamp,
    "webhook-signature": "v1," + base64.b64encode(digest).decode(),
}
print(urllib.request.urlopen(urllib.request.Request(URL, body, headers)).read().decode())
`;
}
