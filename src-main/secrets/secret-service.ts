import { connect } from 'node:net';

/**
 * Asks the Secret Service of a Linux desktop whether the collection that takes new secrets is locked. libsecret can't tell: of a locked
 * collection it says that nothing is in it (measured with libsecret 0.20 and gnome-keyring 42). No prompt is shown for this question.
 *
 * Resolves with null where that is not to be known: no session bus, no such service, no default collection. Never rejects.
 * Sources: Secret Service API 0.2 (`Collection.Locked`, `/org/freedesktop/secrets/aliases/default`), D-Bus specification 0.42.
 */
export async function isDefaultCollectionLocked(
  environment: Readonly<Record<string, string | undefined>>,
  limitMs = 2_000,
): Promise<boolean | null> {
  const path = busPath(environment);
  const user = process.getuid?.();
  if (path === null || user === undefined) return null;
  return new Promise((resolve) => {
    const socket = connect(path);
    const timer = setTimeout(() => settle(null), limitMs);
    let received: Buffer = Buffer.alloc(0);
    let authenticated = false;
    let answers = 0;
    const settle = (locked: boolean | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(locked);
    };
    socket.on('connect', () => socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(user)).toString('hex')}\r\n`));
    socket.on('error', () => settle(null));
    socket.on('close', () => settle(null));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!authenticated) {
        const end = received.indexOf('\r\n');
        if (end === -1) return;
        if (!received.toString('latin1', 0, end).startsWith('OK ')) return settle(null);
        authenticated = true;
        received = received.subarray(end + 2);
        socket.write(Buffer.concat([Buffer.from('BEGIN\r\n'), hello, askLocked]));
      }
      for (let message = take(received); message !== null; message = take(received)) {
        received = message.rest;
        if (message.type === messageTypes.error) return settle(null);
        // Signals come in between; the answers come in the order of the questions.
        if (message.type !== messageTypes.answer || ++answers < 2) continue;
        return settle(booleanOf(message.body));
      }
    });
  });
}

const messageTypes = { call: 1, answer: 2, error: 3 } as const;
const fieldCodes = { path: 1, interface: 2, member: 3, destination: 6, signature: 8 } as const;

/** Socket of the session bus: the first `unix:` address, else systemd's place. */
function busPath({ DBUS_SESSION_BUS_ADDRESS: addresses, XDG_RUNTIME_DIR: runtime }: NodeJS.ProcessEnv): string | null {
  for (const address of addresses?.split(';') ?? []) {
    const [, kind, value] = /^unix:(?:.*,)?(path|abstract)=([^,]+)/.exec(address) ?? [];
    if (value === undefined) continue;
    const path = decodeURIComponent(value);
    return kind === 'abstract' ? `\0${path}` : path;
  }
  return addresses === undefined && runtime !== undefined ? `${runtime}/bus` : null;
}

/** A method call in D-Bus's little-endian form; its arguments are strings only. */
function call(
  serial: number,
  names: Readonly<Record<'destination' | 'path' | 'interface' | 'member', string>>,
  texts: readonly string[],
): Buffer {
  const body = texts.reduce((bytes, text) => Buffer.concat([padded(bytes, 4), string(text)]), Buffer.alloc(0));
  const fields = [
    field(fieldCodes.path, 'o', string(names.path)),
    field(fieldCodes.interface, 's', string(names.interface)),
    field(fieldCodes.member, 's', string(names.member)),
    field(fieldCodes.destination, 's', string(names.destination)),
    ...(texts.length > 0 ? [field(fieldCodes.signature, 'g', signature('s'.repeat(texts.length)))] : []),
  ].reduce((bytes, one) => Buffer.concat([padded(bytes, 8), one]), Buffer.alloc(0));
  const start = Buffer.from(['l'.charCodeAt(0), messageTypes.call, 0, 1]);
  return Buffer.concat([
    padded(Buffer.concat([start, number(body.length), number(serial), number(fields.length), fields]), 8),
    body,
  ]);
}

function padded(bytes: Buffer, step: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((step - (bytes.length % step)) % step)]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function string(text: string): Buffer {
  return Buffer.concat([number(Buffer.byteLength(text)), Buffer.from(`${text}\0`)]);
}

function signature(types: string): Buffer {
  return Buffer.from(`${String.fromCharCode(types.length)}${types}\0`, 'latin1');
}

/** A header field: its code, then its value with the value's type before it. */
function field(code: number, type: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([code]), signature(type), value]);
}

interface Message {
  readonly type: number;
  readonly body: Buffer;
  readonly rest: Buffer;
}

/** The first whole message; null as long as there is none. The bus answers in the byte order it was asked in. */
function take(bytes: Buffer): Message | null {
  if (bytes.length < 16) return null;
  const bodyStart = Math.ceil((16 + bytes.readUInt32LE(12)) / 8) * 8;
  const end = bodyStart + bytes.readUInt32LE(4);
  if (bytes.length < end) return null;
  return { type: bytes.readUInt8(1), body: bytes.subarray(bodyStart, end), rest: bytes.subarray(end) };
}

/** A variant that holds a boolean: its signature "b", then the value on a multiple of four. */
function booleanOf(body: Buffer): boolean | null {
  return body.length === 8 && body.toString('latin1', 0, 3) === '\u0001b\0' ? body.readUInt32LE(4) === 1 : null;
}

const bus = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };
const hello = call(1, { ...bus, member: 'Hello' }, []);
const askLocked = call(
  2,
  {
    destination: 'org.freedesktop.secrets',
    path: '/org/freedesktop/secrets/aliases/default',
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
  },
  ['org.freedesktop.Secret.Collection', 'Locked'],
);
