import type { LeftOut } from '../../ports/queue-admin.ts';

/** So many times the limit are looked at, where most are left out. */
const pagesAtMost = 20;

/** Deliveries chosen to be tried again, page by page: those that are left out keep nobody else's place. */
export class Chosen<Row extends { readonly id: number }> {
  readonly rows: Row[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly #limit: number;
  #pages = 0;
  #last = 0;
  #isDone = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#isDone;
  }

  /** Where the next page begins. */
  get last(): number {
    return this.#last;
  }

  /** @param page - of as many rows as the limit says, unless it is the last. */
  take(page: readonly Row[], leftOut: readonly LeftOut[]): void {
    const out = new Map(leftOut.map((one) => [Number(one.delivery), one]));
    for (const row of page) {
      if (this.rows.length === this.#limit) break;
      const why = out.get(row.id);
      if (why) this.leftOut.push(why);
      else this.rows.push(row);
    }
    this.#pages += 1;
    this.#last = page.at(-1)?.id ?? this.#last;
    this.#isDone = page.length < this.#limit || this.rows.length === this.#limit || this.#pages === pagesAtMost;
  }
}
