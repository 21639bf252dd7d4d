/** Holds every import and every global of packages/ against import-table.ts. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import type { Finding } from "./finding.ts";
import { adapters, insideOnly, light, type PartRule, parts, publicSurface, pure } from "./import-table.ts";
import { type Import, type ModuleFacts, readModule } from "./module-facts.ts";
import { filesOf, readManifest, root } from "./repository.ts";

interface Module extends ModuleFacts {
  file: string;
  /** Folder under packages/. */
  part: string;
  /** First folder or file below the package: `src`, `test`, … */
  area: string;
}

/** Checks the repository at `at`. */
export function checkImports(at: string = root): Finding[] {
  const modules = filesOf(at)
    .filter((file) => /^packages\/[^/]+\/.+\.tsx?$/.test(file) && !file.endsWith(".d.ts"))
    .map((file): Module => {
      const [, part = "", area = ""] = file.split("/");
      return { file, part, area, ...readModule(file, readFileSync(join(at, file), "utf8")) };
    });
  const seen = [...new Set(modules.map((module) => module.part))];
  return [
    ...seen.flatMap((part) => checkPart(at, part)),
    ...modules.flatMap((module) => [...checkArrows(module), ...checkPure(module), ...checkSurface(module)]),
    ...checkAdapters(modules),
    ...checkLight(modules),
  ];
}

const isRelative = (specifier: string): boolean => specifier.startsWith(".");
const isOurs = (specifier: string): boolean => specifier.startsWith("@signalbox/") || specifier === "signalbox";
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
const targetOf = (file: string, specifier: string): string => posix.join(dirname(file), specifier);

function checkPart(at: string, part: string): Finding[] {
  const file = `packages/${part}/package.json`;
  const rule = parts[part];
  if (!rule)
    return [{ file, what: "has no row in scripts/import-table.ts", why: "every package has its arrows fixed" }];
  if (!existsSync(join(at, file))) return [];
  const { name, dependencies } = readManifest(join(at, file));
  const allowed = new Set(rule.from.map(packageOf));
  const findings: Finding[] = [];
  for (const dependency of Object.keys(dependencies)) {
    const fits = isOurs(dependency)
      ? allowed.has(dependency)
      : rule.outside === "declared" || rule.outside.includes(dependency);
    if (!fits) findings.push({ file, what: `${name} must not depend on ${dependency}`, why: rule.why });
  }
  return findings;
}

function checkArrows(module: Module): Finding[] {
  const rule = parts[module.part];
  if (!rule) return [];
  return module.imports.flatMap((one) => {
    const what = isRelative(one.specifier) ? leaving(module, one) : refused(module, one, rule);
    const why = isRelative(one.specifier) ? insideOnly.why : rule.why;
    return what ? [{ file: module.file, line: one.line, what, why }] : [];
  });
}

/** Tests may read spec/ and the shared parts of test/; nothing else leaves its package by path. */
function leaving(module: Module, { specifier }: Import): string | undefined {
  const target = targetOf(module.file, specifier);
  if (target.startsWith(`packages/${module.part}/`)) return undefined;
  if (module.area !== "src" && /^(spec|test)\//.test(target)) return undefined;
  return `imports ${specifier}, a file outside packages/${module.part}`;
}

function refused(module: Module, { specifier }: Import, rule: PartRule): string | undefined {
  const says = `packages/${module.part} must not import ${specifier}`;
  if (isOurs(specifier)) {
    if (module.area === "src") return rule.from.includes(specifier) ? undefined : says;
    return rule.never.includes(packageOf(specifier)) ? says : undefined;
  }
  if (module.area !== "src") return undefined;
  if (specifier.startsWith("node:")) return rule.node ? undefined : says;
  return rule.outside === "declared" || rule.outside.includes(packageOf(specifier)) ? undefined : says;
}

function checkPure({ file, part, area, uses }: Module): Finding[] {
  if (area !== "src" || !pure.parts.some((one) => one === part)) return [];
  const allowed = pure.except[file]?.names ?? [];
  return uses
    .filter((use) => pure.names.some((name) => name === use.name) && !allowed.includes(use.name))
    .map((use) => ({ file, line: use.line, what: `uses ${use.name} in a pure package`, why: pure.why }));
}

function checkSurface({ file, area, imports }: Module): Finding[] {
  if (area !== "src") return [];
  return imports
    .filter((one) => one.all)
    .map((one) => ({ file, line: one.line, what: `has export * from "${one.specifier}"`, why: publicSurface.why }));
}

/** `kind/name` of the adapter a file belongs to; files right under a kind's folder are shared by the kind. */
function adapterOf(file: string): string | undefined {
  if (!file.startsWith(`${adapters.at}/`)) return undefined;
  const [kind, name, ...rest] = file.slice(adapters.at.length + 1).split("/");
  return rest.length > 0 && adapters.kinds.some((one) => one === kind) ? `${kind}/${name}` : undefined;
}

function checkAdapters(modules: readonly Module[]): Finding[] {
  const findings: Finding[] = [];
  const libraries = new Map<string, Set<string>>();
  for (const { file, imports } of modules) {
    if (!file.startsWith(`${adapters.at}/`)) continue;
    const own = adapterOf(file);
    for (const { specifier, line, typeOnly } of imports) {
      if (!isRelative(specifier)) {
        if (!own || typeOnly || isOurs(specifier) || specifier.startsWith("node:")) continue;
        const used = libraries.get(own) ?? new Set<string>();
        libraries.set(own, used.add(packageOf(specifier)));
        continue;
      }
      const other = adapterOf(targetOf(file, specifier));
      if (!other || other === own || file === adapters.namedBy) continue;
      const what = own ? `adapter ${own} imports adapter ${other}` : `names adapter ${other}`;
      findings.push({ file, line, what, why: own ? adapters.whySibling : adapters.whyNamed });
    }
  }
  for (const [adapter, used] of libraries) {
    if (used.size <= adapters.outsideLibraries) continue;
    const what = `uses ${used.size} outside libraries: ${[...used].sort().join(", ")}`;
    findings.push({ file: `${adapters.at}/${adapter}`, what, why: adapters.whyOne });
  }
  return findings;
}

/** Follows what is left of index.ts at run time. */
function checkLight(modules: readonly Module[]): Finding[] {
  const byFile = new Map(modules.map((module) => [module.file, module]));
  const reached = new Set<string>([light.entry]);
  const findings: Finding[] = [];
  for (const file of reached) {
    for (const { specifier, line, typeOnly } of byFile.get(file)?.imports ?? []) {
      if (typeOnly) continue;
      if (isRelative(specifier)) reached.add(targetOf(file, specifier));
      else if (packageOf(specifier) === light.library) {
        findings.push({ file, line, what: `${light.entry} reaches ${specifier}`, why: light.why });
      }
    }
  }
  return findings;
}
