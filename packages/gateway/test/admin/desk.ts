import type { HttpRequest, HttpResponse } from '@isched/runtime';
import type { FakeClock } from '@isched/testkit';
import { octetsFromText } from '@isched/values';
import { createManagement } from '../../src/admin/management.ts';
import { createNotices, type Notices } from '../../src/outbound/notices.ts';
import { createSubmit } from '../../src/outbound/submit.ts';
import type { House } from '../inbound/house.ts';

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The management API over a store, without a listener. */
export interface ApiDesk {
  readonly notices: Notices;
  ask(
    target: string,
    options?: {
      readonly method?: string;
      /** Sent as JSON, unless it is octets. */
      readonly content?: unknown;
      readonly token?: string;
    },
  ): Promise<Answer>;
}

const token = 'secret';

/** @param house - whose users are at example.org. */
export function openDesk({ store }: Pick<House, 'store'>, clock: FakeClock): ApiDesk {
  const notices = createNotices(clock);
  const submit = createSubmit({
    store,
    ask: () => Promise.reject(new Error('nobody asks for free time here')),
    ownDomains: new Set(['example.org' as never]),
    busyTimes: () => ({ periods: [], covers: { start: 0 as never, end: 0 as never } }),
    lifetimeMs: 432_000_000,
    clock,
    notices,
    wake: () => undefined,
  });
  const handle = createManagement({
    store,
    submit,
    notices,
    clock,
    lifetimeMs: 432_000_000,
    wake: () => undefined,
    token,
  });
  return {
    notices,
    async ask(target, { method = 'GET', content, token: shown = token } = {}) {
      const request: HttpRequest = {
        method,
        target,
        fields: [{ name: 'Authorization', value: `Bearer ${shown}` }],
        remoteAddress: '127.0.0.1',
        readContent: () =>
          Promise.resolve(content instanceof Uint8Array ? content : octetsFromText(JSON.stringify(content))),
      } as HttpRequest;
      const response = (await handle(request, {})) as HttpResponse;
      return { status: response.status, body: JSON.parse(Buffer.from(response.content).toString('utf8')) as unknown };
    },
  };
}
