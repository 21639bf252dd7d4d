/** Reads one TypeScript module: what it imports, which names from outside it uses, whether it is asynchronous. */
import { parseSync } from "oxc-parser";
import { lineAt } from "./finding.ts";

export interface Import {
  specifier: string;
  line: number;
  /** Nothing is left of it at run time. */
  typeOnly: boolean;
  /** `export * from`. */
  all: boolean;
}

export interface Use {
  /** A free identifier such as `fetch`, a member such as `Math.random`, or `async` or `await`. */
  name: string;
  line: number;
}

export interface ModuleFacts {
  imports: Import[];
  uses: Use[];
}

interface Node {
  type: string;
  start: number;
  [field: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value;

/** Fields whose identifier is a name inside something, not a reference to an outer name. */
const innerNames: Record<string, readonly string[]> = {
  MemberExpression: ["property"],
  Property: ["key"],
  PropertyDefinition: ["key"],
  MethodDefinition: ["key"],
  AccessorProperty: ["key"],
  TSPropertySignature: ["key"],
  TSMethodSignature: ["key"],
  TSAbstractMethodDefinition: ["key"],
  TSAbstractPropertyDefinition: ["key"],
  TSQualifiedName: ["right"],
  TSNamedTupleMember: ["label"],
  ImportSpecifier: ["imported"],
  ExportSpecifier: ["exported", "local"],
  LabeledStatement: ["label"],
  BreakStatement: ["label"],
  ContinueStatement: ["label"],
  MetaProperty: ["meta", "property"],
};

/** Fields that bind new names. */
const bindings: Record<string, readonly string[]> = {
  VariableDeclarator: ["id"],
  FunctionDeclaration: ["id", "params"],
  FunctionExpression: ["id", "params"],
  ArrowFunctionExpression: ["params"],
  TSDeclareFunction: ["id", "params"],
  TSFunctionType: ["params"],
  TSMethodSignature: ["params"],
  TSCallSignatureDeclaration: ["params"],
  TSIndexSignature: ["parameters"],
  ClassDeclaration: ["id"],
  ClassExpression: ["id"],
  CatchClause: ["param"],
  TSTypeAliasDeclaration: ["id"],
  TSInterfaceDeclaration: ["id"],
  TSTypeParameter: ["name"],
  TSMappedType: ["key"],
  TSTypePredicate: ["parameterName"],
  ImportSpecifier: ["local"],
  ImportDefaultSpecifier: ["local"],
  ImportNamespaceSpecifier: ["local"],
};

/** Throws when the text is not TypeScript. */
export function readModule(file: string, text: string): ModuleFacts {
  const parsed = parseSync(file, text, { sourceType: "module" });
  const broken = parsed.errors.find((error) => error.severity === "Error");
  if (broken) throw new Error(`${file}: ${broken.message}`);

  const imports: Import[] = [];
  const references: Use[] = [];
  const uses: Use[] = [];
  const bound = new Set<string>();

  const importOf = (source: unknown, node: Node, typeOnly: boolean, all = false): void => {
    if (isNode(source) && typeof source.value === "string") {
      imports.push({ specifier: source.value, line: lineAt(text, node.start), typeOnly, all });
    }
  };

  const enter = (node: Node, binding: boolean): void => {
    switch (node.type) {
      case "ImportDeclaration":
        importOf(node.source, node, node.importKind === "type");
        break;
      case "ExportNamedDeclaration":
        importOf(node.source, node, node.exportKind === "type");
        break;
      case "ExportAllDeclaration":
        importOf(node.source, node, node.exportKind === "type", true);
        break;
      case "ImportExpression":
        importOf(node.source, node, false);
        break;
      case "TSImportType":
        importOf(node.source ?? node.argument, node, true);
        break;
      case "AwaitExpression":
        uses.push({ name: "await", line: lineAt(text, node.start) });
        break;
      case "ForOfStatement":
        if (node.await === true) uses.push({ name: "await", line: lineAt(text, node.start) });
        break;
      case "MemberExpression":
        if (!node.computed && isNode(node.object) && isNode(node.property) && node.object.type === "Identifier") {
          const name = `${String(node.object.name)}.${String(node.property.name)}`;
          references.push({ name, line: lineAt(text, node.start) });
        }
        break;
      case "Identifier":
        if (binding) bound.add(String(node.name));
        else references.push({ name: String(node.name), line: lineAt(text, node.start) });
        break;
    }
    if (node.async === true) uses.push({ name: "async", line: lineAt(text, node.start) });
  };

  const walk = (node: Node, binding: boolean): void => {
    enter(node, binding);
    for (const [field, value] of Object.entries(node)) {
      if (typeof value !== "object" || value === null) continue;
      if (innerNames[node.type]?.includes(field) && node.computed !== true) continue;
      const binds = bindings[node.type]?.includes(field) || (binding && field !== "typeAnnotation");
      // The default of a parameter, as in `(a = fetch) =>`, is a reference although it stands in a pattern.
      const inner = binds && !(node.type === "AssignmentPattern" && field === "right");
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, inner);
    }
  };
  walk(parsed.program as unknown as Node, false);

  const free = references.filter((use) => !bound.has(use.name.split(".")[0] ?? ""));
  return { imports, uses: [...uses, ...free] };
}
