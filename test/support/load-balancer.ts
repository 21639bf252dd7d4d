/** nginx and haproxy as examples/load-balancers/ sets them up, in front of a test's nodes: only addresses and paths are other ones. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { haproxy, nginx, type ReverseProxy, replaced, startProxy } from "./reverse-proxy.ts";

/** How it chooses a node: each request another one, by the client's address, by a cookie. */
export type Choice = "signalbox" | "signalbox_by_source" | "signalbox_by_cookie";
export const choices: readonly Choice[] = ["signalbox", "signalbox_by_source", "signalbox_by_cookie"];

interface Wanted {
  /** Ports of the nodes; three. */
  targets: readonly number[];
  choice: Choice;
  port: number;
  /** One of the nodes' allowedHosts, by which haproxy asks whether they are ready. */
  host: string;
}

export type StartLoadBalancer = (wanted: Wanted) => Promise<ReverseProxy>;

const example = (name: string): string =>
  readFileSync(resolve(import.meta.dirname, "../../examples/load-balancers", name), "utf8");

const addresses = ({ targets }: Wanted): Array<[from: string, to: string]> =>
  targets.map((port, at) => [`10.0.0.${11 + at}:7400`, `127.0.0.1:${port}`]);

/** Without TLS, so that clients need not be told whom to trust; a cookie then must not be for TLS alone. */
export const balanceWithNginx: StartLoadBalancer = (wanted) =>
  startProxy(
    "nginx",
    { port: wanted.port, tls: false },
    nginx(({ port, certificate }) =>
      replaced(example("nginx.conf"), [
        ...addresses(wanted),
        ["listen 443 ssl http2;", `listen 127.0.0.1:${port};`],
        ["/etc/ssl/signalbox/fullchain.pem", certificate.certFile],
        ["/etc/ssl/signalbox/privkey.pem", certificate.keyFile],
        ["proxy_pass http://signalbox;", `proxy_pass http://${wanted.choice};`],
        ["Path=/; Secure; HttpOnly", "Path=/; HttpOnly"],
        ...(wanted.choice === "signalbox_by_cookie"
          ? ([["# add_header Set-Cookie", "add_header Set-Cookie"]] as const)
          : []),
      ]),
    ),
  );

export const balanceWithHaproxy: StartLoadBalancer = (wanted) =>
  startProxy(
    "haproxy",
    { port: wanted.port, tls: false },
    haproxy((place) =>
      replaced(example("haproxy.cfg"), [
        ...addresses(wanted),
        ["bind :443 ssl crt /etc/ssl/signalbox/fullchain-and-key.pem alpn h2,http/1.1", `bind 127.0.0.1:${place.port}`],
        ["/run/haproxy/admin.sock", join(place.folder, "admin.sock")],
        ["hdr Host ops.example.org", `hdr Host ${wanted.host}`],
        ["default_backend signalbox\n", `default_backend ${wanted.choice}\n`],
        ["httponly secure attr", "httponly attr"],
      ]),
    ),
  );
