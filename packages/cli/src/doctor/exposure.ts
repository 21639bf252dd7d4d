/** Whether a gateway that runs here can be reached from elsewhere: `serve --host` says so in no file. */
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { type Finding, warn } from "./check.ts";
import { exposure, isLoopback } from "./risks.ts";

const answerMs = 500;

/** `addresses`: this machine's, as others see them. */
export async function reachableRisks(
  url: string,
  addresses: readonly string[] = outwardAddresses(),
): Promise<Finding[]> {
  const { hostname, port, protocol } = new URL(url);
  if (protocol !== "http:") return [];
  if (!isLoopback(hostname)) {
    const why = `${url} is spoken to without TLS: whoever is on the way reads its token and its events`;
    return [warn("exposure", why, "Use its https address, or a tunnel.")];
  }
  for (const address of addresses) {
    if (await answers(address, Number(port || 80)))
      return [exposure(`the gateway that runs can be reached on ${address}`)];
  }
  return [];
}

/** Link-local ones need a zone to be called, and are left out. */
function outwardAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.filter(({ internal, address }) => !internal && !address.startsWith("fe80:")).map(({ address }) => address);
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: answerMs });
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
