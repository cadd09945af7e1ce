import type { Serials } from '../../ports/serials.ts';
import { holdNamed } from './locks.ts';
import { type Session, statement } from './session.ts';

const select = statement('serial', 'SELECT fingerprint, serial FROM serials WHERE name = $1');
const upsert = statement(
  'set_serial',
  `INSERT INTO serials (name, fingerprint, serial) VALUES ($1, $2, $3)
   ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, serial = excluded.serial`,
);

interface Row {
  readonly fingerprint: string;
  readonly serial: number;
}

/** The serials, as one piece of work sees them. @throws nothing. */
export function serialsRoom(session: Session): Serials {
  return {
    async serialOf(name, fingerprint) {
      const [, [row]] = await Promise.all([
        holdNamed(session, 'serial', name),
        session.rows<Row>(select, [name]), // goes out behind the lock: it sees what was committed before it was got
      ]);
      if (row?.fingerprint === fingerprint) return row.serial;
      const serial = (row?.serial ?? 0) + 1;
      await session.change(upsert, [name, fingerprint, serial]);
      return serial;
    },
  };
}
