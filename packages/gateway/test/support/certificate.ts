/** Certificates of a test's own, made by the openssl command; each signs itself. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface TestCertificate {
  certFile: string;
  keyFile: string;
  /** PEM, to trust it by. */
  cert: string;
}

/** Writes NAME.pem and NAME.key into `folder`. `names` as in a certificate: `DNS:localhost`, `IP:127.0.0.1`. */
export function makeCertificate(
  folder: string,
  name: string,
  names: readonly string[] = ["DNS:localhost", "IP:127.0.0.1"],
): TestCertificate {
  const certFile = join(folder, `${name}.pem`);
  const keyFile = join(folder, `${name}.key`);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${names.join(",")}`];
  execFileSync("openssl", ["req", "-x509", ...key, "-out", certFile, "-days", "2", ...subject], { stdio: "pipe" });
  return { certFile, keyFile, cert: readFileSync(certFile, "utf8") };
}
