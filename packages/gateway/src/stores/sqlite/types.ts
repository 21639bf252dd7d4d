/** Names of event types, stored as small numbers. */
import type { DatabaseSync } from "node:sqlite";

/** Names remembered; beyond that all are forgotten and looked up again: anybody may invent types. */
const remembered = 10_000;

export class Types {
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();
  readonly #findId;
  readonly #findName;
  readonly #insert;

  constructor(db: DatabaseSync) {
    this.#findId = db.prepare("SELECT id FROM types WHERE name = ?");
    this.#findName = db.prepare("SELECT name FROM types WHERE id = ?");
    this.#insert = db.prepare("INSERT INTO types (name) VALUES (?) RETURNING id");
  }

  /** Within a write transaction: a new name is stored. */
  idOf(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = Number((this.#findId.get(name) ?? this.#insert.get(name))?.id);
    this.#remember(id, name);
    return id;
  }

  nameOf(id: number): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const name = String(this.#findName.get(id)?.name);
    this.#remember(id, name);
    return name;
  }

  /** After a rollback: what was stored in it is not. */
  forget(): void {
    this.#ids.clear();
    this.#names.clear();
  }

  #remember(id: number, name: string): void {
    if (this.#ids.size >= remembered) this.forget();
    this.#ids.set(name, id);
    this.#names.set(id, name);
  }
}
