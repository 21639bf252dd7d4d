/** Which addresses a request to somebody else's server may go to: those of the public internet, and those that were allowed. */
import { BlockList, isIP } from "node:net";

/** RFC 6890 and its like: none of these is a server on the internet. */
const notPublic4 = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
  ...["192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"],
  ...["192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
  // What clouds answer on for their machines, beside 169.254.169.254.
  ...["100.100.100.200/32", "168.63.129.16/32"],
];
/** Of IPv6 only 2000::/3 is given out; within it these lead elsewhere, or into IPv4. */
const notPublic6 = ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"];

const familyOf = (version: number): "ipv4" | "ipv6" => (version === 4 ? "ipv4" : "ipv6");

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    list.addSubnet(address, Number(bits), familyOf(isIP(address)));
  }
  return list;
}

const refused4 = listOf(notPublic4);
const refused6 = listOf(notPublic6);
const given6 = listOf(["2000::/3"]);

export function isPublic(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !refused4.check(address, "ipv4");
  return version === 6 && given6.check(address, "ipv6") && !refused6.check(address, "ipv6");
}

const networkForm = /^([0-9a-fA-F:.]+)\/([0-9]{1,3})$/;
const hostForm = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** Names, addresses and networks that are allowed although they are not public, over http too and at any port. */
export class Allowed {
  readonly #names = new Set<string>();
  readonly #networks = new BlockList();

  /** `hooks.internal`, `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`. Throws RangeError for what is none of these. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry);
  }

  name(host: string): boolean {
    return this.#names.has(host.toLowerCase());
  }

  address(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#networks.check(address, familyOf(version));
  }

  #add(entry: string): void {
    const [, network = entry, bits] = networkForm.exec(entry) ?? [];
    const version = isIP(network);
    const most = version === 4 ? 32 : 128;
    const prefix = bits === undefined ? most : Number(bits);
    if (version !== 0 && prefix <= most) this.#networks.addSubnet(network, prefix, familyOf(version));
    else if (version === 0 && bits === undefined && hostForm.test(entry.toLowerCase()))
      this.#names.add(entry.toLowerCase());
    else throw new RangeError(`${entry} is no host name, no address and no network such as 10.0.0.0/8`);
  }
}
