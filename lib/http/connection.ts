/** One connection: it asks one thing at a time, and knows whether it may be asked again. */
import { connect, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Signal } from '../async/abort.ts';
import { AnswerReader } from './answer-reader.ts';
import type { Origin } from './place.ts';
import { MalformedAnswer, type Received } from './received.ts';

/** A request as it is sent. */
export interface Request {
  readonly method: string;
  /** The lines before the body, in latin1. */
  readonly head: string;
  readonly body: string | Uint8Array | undefined;
}

export interface Limits {
  readonly signal: Signal | null;
  /** Of the answer's body, as it comes. */
  readonly maxBytes: number;
}

/** What TLS can take up again, so that the next handshake with the same origin is shorter. */
export interface Session {
  readonly known: Buffer | undefined;
  keep(session: Buffer): void;
  /** The connection broke: an end that cannot take up what it began would refuse every later connection as well. */
  forget(): void;
}

/** Something that was asked, and is not answered yet. */
interface Exchange {
  readonly reader: AnswerReader;
  readonly resolve: (received: Received) => void;
  readonly reject: (error: Error) => void;
}

/** As much as TLS hands over at once. */
const READ_BYTES = 16 * 1024;

/** The kernel then asks whether a silent peer is still there, as it does for Node's own agents. */
const PROBE_AFTER_MS = 1_000;

export class Connection {
  readonly origin: Origin;
  /** Since when it waits, in milliseconds since the epoch. Its owner's. */
  idleSinceMs = 0;
  readonly #socket: Socket;
  #isOpen = false;
  #keepMs = Infinity;
  #exchange: Exchange | undefined;
  #error: Error | undefined;

  /** Begins to open it. A certificate that nobody vouches for closes it before anything is sent. */
  constructor(origin: Origin, session: Session) {
    this.origin = origin;
    // The bytes come into memory that is used again: pieces of an answer of megabytes would wait for the collector.
    const onread = {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (size: number, bytes: Uint8Array) => this.#read(bytes, size),
    };
    this.#socket = open(origin, session, onread);
    this.#socket.setNoDelay(true).setKeepAlive(true, PROBE_AFTER_MS);
    this.#socket.once(toOpened(origin), () => (this.#isOpen = true));
    this.#socket.on('end', () => this.#end());
    this.#socket.on('error', (error) => (this.#error = error));
    this.#socket.on('close', (broke: boolean) => {
      if (broke || !this.#isOpen) session.forget();
      this.#fail(this.#error ?? hungUp());
    });
  }

  /** For how long it may wait for the next request, in milliseconds; 0 where it is closed, or must be. */
  get keepMs(): number {
    return this.#socket.writable ? this.#keepMs : 0;
  }

  /** Resolves once it stands, handshake included, or is closed. */
  opened(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once(toOpened(this.origin), resolve).once('close', resolve);
    });
  }

  /**
   * One request, one answer, one at a time.
   *
   * @throws Error What closed the connection before the answer was there to its end: MalformedAnswer, AnswerTooLarge, or
   *         what the network met. The signal closes it, too.
   */
  ask({ method, head, body }: Request, { signal, maxBytes }: Limits): Promise<Received> {
    return new Promise((resolve, reject) => {
      const abort = (): void => this.close();
      const done = (): void => signal?.removeEventListener('abort', abort);
      signal?.addEventListener('abort', abort);
      this.#exchange = {
        reader: new AnswerReader(method, maxBytes),
        resolve: (received) => (done(), resolve(received)),
        reject: (error) => (done(), reject(error)),
      };
      this.#send(head, body);
    });
  }

  /** Whether the process waits for it. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#socket.ref();
    else this.#socket.unref();
  }

  /** At once. What is under way fails. */
  close(error?: Error): void {
    this.#keepMs = 0;
    this.#socket.destroy(error);
    this.#fail(error ?? hungUp());
  }

  /** Waits until it stands: bytes that were written earlier could be on their way before a certificate is refused. */
  #send(head: string, body: Request['body']): void {
    const socket = this.#socket;
    if (socket.destroyed) return this.#fail(this.#error ?? hungUp());
    if (!this.#isOpen) return void socket.once(toOpened(this.origin), () => this.#send(head, body));
    if (body === undefined || body === '') return void socket.write(head, 'latin1');
    // One write for what nearly every call is.
    if (typeof body === 'string' && isPlain(body)) return void socket.write(head + body, 'latin1');
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body);
    socket.uncork();
  }

  /** @returns Whether to go on reading. */
  #read(bytes: Uint8Array, size: number): boolean {
    const { buffer, byteOffset } = bytes;
    try {
      if (this.#exchange === undefined) throw new MalformedAnswer('an answer to nothing');
      if (this.#exchange.reader.read(Buffer.from(buffer, byteOffset, size))) this.#finish(this.#exchange);
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  }

  /** The other end sends nothing more. */
  #end(): void {
    if (this.#exchange?.reader.end() === true) this.#finish(this.#exchange);
    this.close();
  }

  #finish({ reader, resolve }: Exchange): void {
    // What answered before it had read all is out of step.
    this.#keepMs = this.#socket.writableLength === 0 ? reader.keepMs : 0;
    this.#exchange = undefined;
    resolve(reader.take());
  }

  #fail(error: Error): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.reject(error);
  }
}

function open(
  { secure, hostname: host, port, servername }: Origin,
  session: Session,
  onread: OnReadOpts,
): Socket {
  if (!secure) return connect({ host, port, onread });
  const options = { host, port, servername, ALPNProtocols: ['http/1.1'], onread };
  const socket = connectTls(session.known === undefined ? options : { ...options, session: session.known });
  return socket.on('session', (made: Buffer) => session.keep(made));
}

function toOpened({ secure }: Origin): 'connect' | 'secureConnect' {
  return secure ? 'secureConnect' : 'connect';
}

/** Whether a text is the same in latin1 and in UTF-8. */
function isPlain(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** By the code that Node has for it. */
function hungUp(): Error {
  return Object.assign(new Error('the connection was closed before the answer had come'), {
    code: 'ECONNRESET',
  });
}
