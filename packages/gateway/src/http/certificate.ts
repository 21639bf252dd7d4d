/** The gateway's own certificate: read from two files, and read again when they change, without ending a connection. */
import { constants, createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { createSecureContext, type SecureContextOptions, type Server } from "node:tls";
import { ConfigError } from "../config/error.ts";
import type { Log } from "../log.ts";

export interface CertificateFiles {
  /** PEM: the certificate, then those that lead to its root. */
  certFile: string;
  /** PEM, without a passphrase. */
  keyFile: string;
}

/** Takes the place of its context without ending a connection. */
type Renewable = Pick<Server, "setSecureContext">;

export class Certificate {
  readonly #files: CertificateFiles;
  #context: SecureContextOptions;
  #leaf: X509Certificate;
  /** What was found last, good or not: the same is not said every second. */
  #found: string;
  #looking = false;

  /** Throws ConfigError when the files cannot be read or do not belong together. */
  constructor(files: CertificateFiles) {
    this.#files = files;
    try {
      const cert = readFileSync(files.certFile);
      const key = readFileSync(files.keyFile);
      ({ context: this.#context, leaf: this.#leaf } = usable(cert, key));
      this.#found = digestOf(cert, key);
    } catch (error) {
      throw new ConfigError(`tls: ${this.#complaint(error)}`);
    }
  }

  /** What a server is made with. */
  get context(): SecureContextOptions {
    return this.#context;
  }

  /** Of the certificate itself, by SHA-256. */
  get fingerprint(): string {
    return this.#leaf.fingerprint256;
  }

  /** Whether a client that calls the gateway by this name or address will find it in the certificate. */
  covers(name: string): boolean {
    const plain = name.replace(/^\[|\]$/g, "");
    return (isIP(plain) === 0 ? this.#leaf.checkHost(plain) : this.#leaf.checkIP(plain)) !== undefined;
  }

  /**
   * Gives `server` the new pair when the files have changed. Contents are compared, since a copy may keep its time. A
   * pair that cannot be used is logged and the old one stays: the two files are seldom replaced at the same moment.
   */
  async renew(server: Renewable, log: Log): Promise<void> {
    // A slow disk is not asked again meanwhile.
    if (this.#looking) return;
    this.#looking = true;
    let found: string | undefined;
    try {
      const { certFile, keyFile } = this.#files;
      const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
      found = digestOf(cert, key);
      if (this.#isKnown(found)) return;
      const { context, leaf } = usable(cert, key);
      server.setSecureContext(context);
      this.#context = context;
      this.#leaf = leaf;
      log.info({ certFile, subject: leaf.subject, validTo: leaf.validTo }, "the certificate was read again");
    } catch (error) {
      const complaint = this.#complaint(error);
      if (found !== undefined || !this.#isKnown(complaint)) log.warn(`the certificate stays as it is: ${complaint}`);
    } finally {
      this.#looking = false;
    }
  }

  #isKnown(found: string): boolean {
    const known = found === this.#found;
    this.#found = found;
    return known;
  }

  #complaint(error: unknown): string {
    const why = error instanceof Error ? error.message : String(error);
    return `${this.#files.certFile} and ${this.#files.keyFile} are no certificate and its key (${why})`;
  }
}

/** Throws when one is not PEM, or the key is another certificate's. */
function usable(cert: Buffer, key: Buffer): { context: SecureContextOptions; leaf: X509Certificate } {
  // New keys on the client's demand cost the server far more than the client.
  const context: SecureContextOptions = {
    cert,
    key,
    minVersion: "TLSv1.2",
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
  createSecureContext(context);
  return { context, leaf: new X509Certificate(cert) };
}

const digestOf = (cert: Buffer, key: Buffer): string =>
  createHash("sha256").update(cert).update("\0").update(key).digest("base64");
