import type { Database } from 'better-sqlite3';
import { StoreUnavailable } from '../../ports/store.ts';

/** One step of the schema. Steps that were released are never changed. */
interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'users, objects, received messages, decisions, serials',
    sql: `
      CREATE TABLE users (
        id INTEGER PRIMARY KEY,
        identity TEXT NOT NULL UNIQUE,      -- the first address key: what a user is known by when provisioned again
        address TEXT NOT NULL,
        name TEXT,
        time_zone TEXT NOT NULL,
        listed INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE addresses (
        address_key TEXT PRIMARY KEY,
        user_id INTEGER NOT NULL REFERENCES users (id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX addresses_by_user ON addresses (user_id);
      CREATE TABLE calendars (
        id INTEGER PRIMARY KEY,
        user_id INTEGER NOT NULL REFERENCES users (id),
        name TEXT NOT NULL,
        is_default INTEGER NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX calendars_default ON calendars (user_id) WHERE is_default = 1;

      CREATE TABLE objects (
        id INTEGER PRIMARY KEY,
        user_id INTEGER NOT NULL REFERENCES users (id),
        calendar_id INTEGER NOT NULL REFERENCES calendars (id),
        uid TEXT NOT NULL,
        revision INTEGER NOT NULL,
        changed_at INTEGER NOT NULL,
        covers_start INTEGER NOT NULL,      -- the range in which the busy columns tell all
        covers_end INTEGER NOT NULL,
        partial INTEGER NOT NULL,           -- 1: that range is not all time
        busy_start INTEGER,                 -- start of the first period, null where none is taken
        busy_end INTEGER,                   -- end of the last one
        busy_wide INTEGER NOT NULL,         -- 1: more than a day from the one to the other
        busy_type TEXT,                     -- of a single period
        busy BLOB,                          -- several periods: see busy-columns
        text TEXT NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX objects_uid ON objects (user_id, uid);
      CREATE INDEX objects_busy ON objects (user_id, busy_wide, busy_start, busy_end) WHERE busy_start IS NOT NULL;
      CREATE INDEX objects_partial ON objects (user_id) WHERE partial = 1;

      CREATE TABLE received (
        key BLOB PRIMARY KEY,               -- SHA-256 of the message key
        until INTEGER NOT NULL,             -- of the claim while result is null, then of the memory
        message_id TEXT,
        result TEXT                         -- JSON of a FinalResult
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX received_until ON received (until);

      CREATE TABLE decisions (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        direction TEXT NOT NULL,
        reason TEXT NOT NULL,
        originator TEXT NOT NULL,
        recipient TEXT NOT NULL,
        signing_domain TEXT,
        message_id TEXT,
        method TEXT,
        uid TEXT,
        request_status TEXT,
        detail TEXT
      ) STRICT;
      CREATE INDEX decisions_by_uid ON decisions (uid) WHERE uid IS NOT NULL;

      CREATE TABLE serials (
        name TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        serial INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    number: 2,
    name: 'the delivery queue',
    sql: `
      CREATE TABLE submissions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        idempotency_key TEXT UNIQUE,
        originator TEXT NOT NULL,
        method TEXT NOT NULL,
        uid TEXT NOT NULL,
        instance TEXT NOT NULL,
        text TEXT,                          -- null once forgotten
        recipients INTEGER NOT NULL,
        added_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        ended_at INTEGER,                   -- when the last of its deliveries became final
        has_attempts INTEGER NOT NULL DEFAULT 1
      ) STRICT;
      CREATE INDEX submissions_uid ON submissions (uid);
      CREATE INDEX submissions_open ON submissions (expires_at) WHERE ended_at IS NULL;
      CREATE INDEX submissions_ended ON submissions (ended_at) WHERE ended_at IS NOT NULL;
      CREATE INDEX submissions_texts ON submissions (ended_at) WHERE ended_at IS NOT NULL AND text IS NOT NULL;
      CREATE INDEX submissions_attempts ON submissions (ended_at) WHERE ended_at IS NOT NULL AND has_attempts = 1;

      CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        submission_id INTEGER NOT NULL REFERENCES submissions (id),
        recipient TEXT NOT NULL,
        recipient_key TEXT NOT NULL,
        domain TEXT NOT NULL,               -- '' for our own users
        chain BLOB NOT NULL,                -- which (originator, recipient, UID): see queue-rows
        state INTEGER NOT NULL,             -- 0 waiting, 1 leased, 2 held; from 3 on it is final: see queue-rows
        blocked INTEGER NOT NULL,           -- 1: waits for an earlier one of its chain
        pointless INTEGER NOT NULL DEFAULT 0, -- 1: leased, and superseded unless this time it ends
        due_at INTEGER NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        lease_id INTEGER,
        changed_at INTEGER NOT NULL,
        reason TEXT,
        request_status TEXT,
        detail TEXT,
        attempts TEXT                       -- JSON
      ) STRICT;
      CREATE INDEX deliveries_ready ON deliveries (domain, due_at, id) WHERE state = 0 AND blocked = 0;
      CREATE INDEX deliveries_chain ON deliveries (chain, id) WHERE state <= 2;
      CREATE INDEX deliveries_submission ON deliveries (submission_id, id);
      CREATE INDEX deliveries_lease ON deliveries (lease_id) WHERE lease_id IS NOT NULL;
      CREATE INDEX deliveries_recipient ON deliveries (recipient_key, id);
      CREATE INDEX deliveries_troubled ON deliveries (state, id) WHERE state IN (1, 2, 4, 6);

      CREATE TABLE leases (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        node TEXT NOT NULL,
        lane TEXT NOT NULL,
        until INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX leases_until ON leases (until);
      CREATE INDEX leases_lane ON leases (lane);

      CREATE TABLE queue_domains (
        domain TEXT PRIMARY KEY,
        lane TEXT NOT NULL,
        next_due INTEGER                    -- of what is ready; null: nothing
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX queue_domains_due ON queue_domains (lane, next_due, domain) WHERE next_due IS NOT NULL;
      CREATE TABLE queue_lanes (
        lane TEXT PRIMARY KEY,
        next_due INTEGER NOT NULL           -- only lanes where something is ready have a row
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX queue_lanes_due ON queue_lanes (next_due, lane);
    `,
  },
  {
    number: 3,
    name: 'series whose busy times do not cover a range, by the index alone',
    sql: `
      DROP INDEX objects_partial;
      CREATE INDEX objects_partial ON objects (user_id, covers_start, covers_end) WHERE partial = 1;
    `,
  },
  {
    number: 4,
    name: 'rooms that answer by themselves',
    sql: `
      ALTER TABLE users ADD COLUMN auto_schedule TEXT;   -- null: a person answers
      ALTER TABLE users ADD COLUMN booking_days INTEGER;
    `,
  },
  {
    number: 5,
    name: 'decisions know the delivery they are about: the events of submitters',
    sql: `
      ALTER TABLE decisions ADD COLUMN submission_id INTEGER;
      ALTER TABLE decisions ADD COLUMN delivery_id INTEGER; -- null: no event
      ALTER TABLE decisions ADD COLUMN state TEXT;          -- of the delivery, since then
      CREATE INDEX decisions_events ON decisions (id) WHERE delivery_id IS NOT NULL;
    `,
  },
  {
    number: 6,
    name: 'lists of the queue along an index; lanes that are left alone',
    sql: `
      DROP INDEX deliveries_troubled;
      CREATE INDEX deliveries_by_state ON deliveries (state, id) WHERE state <> 3;
      CREATE INDEX deliveries_by_domain ON deliveries (domain, id);
      CREATE INDEX queue_domains_by_lane ON queue_domains (lane, domain);

      CREATE TABLE lane_troubles (
        lane TEXT PRIMARY KEY,
        failures INTEGER NOT NULL,
        pause_ms INTEGER NOT NULL,
        paused_until INTEGER                -- null: not yet left alone
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    number: 7,
    name: 'what an idempotency key stands for, how new a message is, which one made another pointless',
    sql: `
      ALTER TABLE submissions ADD COLUMN digest BLOB;       -- of who sends what to whom; only with an idempotency key
      ALTER TABLE submissions ADD COLUMN sequence INTEGER;  -- of the message; null: nobody said
      ALTER TABLE submissions ADD COLUMN stamp TEXT;        -- DTSTAMP's digits
      ALTER TABLE deliveries ADD COLUMN pointless_by INTEGER; -- the submission that made it pointless
    `,
  },
  {
    number: 8,
    name: 'decisions by their time: a clock that was ahead keeps no other from being forgotten',
    sql: 'CREATE INDEX decisions_at ON decisions (at);',
  },
  {
    number: 9,
    name: 'fewer pages change for a delivery: leased is who has a lease, texts lie apart, one index tells what ended',
    sql: `
      DROP INDEX deliveries_ready;
      UPDATE deliveries SET state = 0 WHERE state = 1;
      CREATE INDEX deliveries_ready ON deliveries (domain, due_at, id) WHERE state = 0 AND blocked = 0 AND lease_id IS NULL;

      CREATE TABLE submission_texts (
        submission_id INTEGER PRIMARY KEY,
        text TEXT NOT NULL
      ) STRICT;
      INSERT INTO submission_texts (submission_id, text) SELECT id, text FROM submissions WHERE text IS NOT NULL;

      -- Made anew: rows that only get shorter would keep all their pages.
      CREATE TABLE submissions_anew (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        idempotency_key TEXT UNIQUE,
        digest BLOB,                        -- of who sends what to whom; only with an idempotency key
        originator TEXT NOT NULL,
        method TEXT NOT NULL,
        uid TEXT NOT NULL,
        instance TEXT NOT NULL,
        sequence INTEGER,                   -- of the message; null: nobody said
        stamp TEXT,                         -- DTSTAMP's digits
        recipients INTEGER NOT NULL,
        added_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        ended_at INTEGER,                   -- when the last of its deliveries became final
        has_text INTEGER NOT NULL DEFAULT 1,
        has_attempts INTEGER NOT NULL DEFAULT 1
      ) STRICT;
      INSERT INTO submissions_anew (id, idempotency_key, digest, originator, method, uid, instance, sequence, stamp, recipients,
          added_at, expires_at, ended_at, has_text, has_attempts)
        SELECT id, idempotency_key, digest, originator, method, uid, instance, sequence, stamp, recipients,
          added_at, expires_at, ended_at, text IS NOT NULL, has_attempts FROM submissions;
      DELETE FROM sqlite_sequence WHERE name = 'submissions_anew';
      INSERT INTO sqlite_sequence (name, seq) SELECT 'submissions_anew', seq FROM sqlite_sequence WHERE name = 'submissions';
      DROP TABLE submissions;
      ALTER TABLE submissions_anew RENAME TO submissions;
      CREATE INDEX submissions_uid ON submissions (uid);
      CREATE INDEX submissions_open ON submissions (expires_at) WHERE ended_at IS NULL;
      CREATE INDEX submissions_ended ON submissions (has_text, has_attempts, ended_at) WHERE ended_at IS NOT NULL;
    `,
  },
];

/**
 * Brings the schema up to date, forward only, in one transaction: two programs that start at once don't both do it.
 *
 * @throws StoreUnavailable when the database was made by a newer version.
 */
export function migrate(database: Database): void {
  // A table that is made anew is dropped while others refer to it. This can be said outside of a transaction alone.
  database.pragma('foreign_keys = OFF');
  database.exec('BEGIN IMMEDIATE');
  try {
    const present = database.pragma('user_version', { simple: true }) as number;
    const newest = migrations.at(-1)?.number ?? 0;
    if (present > newest) {
      throw new StoreUnavailable(
        'unfit',
        `the database has schema ${present}, this version knows ${newest}: run a newer version`,
      );
    }
    for (const step of migrations) if (step.number > present) database.exec(step.sql);
    database.pragma(`user_version = ${newest}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  } finally {
    database.pragma('foreign_keys = ON');
  }
}
