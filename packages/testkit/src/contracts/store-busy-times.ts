import { allTime, type BusyPeriod, type CalendarUser, type NewObject } from 'isched';
import { describe, expect, it } from 'vitest';
import { day, entry, hour, later, now, type StoreSubject } from './store-subject.ts';

const objectOf = (user: CalendarUser, uid: string): NewObject => ({
  user: user.id,
  calendar: user.defaultCalendar,
  uid,
  text: uid,
  changedAt: now,
});

/** What every Store promises of the times its objects take. */
export function busyTimesContract(subject: StoreSubject): void {
  describe('busy times', () => {
    const period = (from: number, to: number, type: BusyPeriod['type'] = 'BUSY'): BusyPeriod => ({
      start: later(from),
      end: later(to),
      type,
    });
    const range = { start: later(0), end: later(hour) };
    const byStart = (periods: readonly BusyPeriod[]) =>
      periods.toSorted((one, other) => one.start - other.start || one.end - other.end);
    const putBusy = async (
      user: CalendarUser,
      objects: Readonly<Record<string, readonly BusyPeriod[]>>,
      covers = allTime,
    ) =>
      subject.store.transaction(async (tx) => {
        for (const [uid, periods] of Object.entries(objects)) {
          await tx.objects.put(objectOf(user, uid), { busy: { periods, covers } });
        }
      });
    const search = async (user: CalendarUser, within = range) =>
      byStart(await subject.store.read((view) => view.objects.busy(user.id, within)));

    it('finds what overlaps the range, and nothing that only touches it', async () => {
      const user = await subject.user();
      await putBusy(user, {
        before: [period(-hour, 0)],
        into: [period(-hour, 1)],
        inside: [period(1000, 2000, 'BUSY-TENTATIVE')],
        around: [period(-hour, 2 * hour, 'BUSY-UNAVAILABLE')],
        outOf: [period(hour - 1, 2 * hour)],
        after: [period(hour, 2 * hour)],
        never: [],
      });
      expect(await search(user)).toEqual([
        period(-hour, 1),
        period(-hour, 2 * hour, 'BUSY-UNAVAILABLE'),
        period(1000, 2000, 'BUSY-TENTATIVE'),
        period(hour - 1, 2 * hour),
      ]);
    });

    it('finds long periods that began long before, and those of a day exactly', async () => {
      const user = await subject.user();
      await putBusy(user, {
        month: [period(-20 * day, 10 * day)],
        day: [period(1 - day, 1)],
        year: [period(-400 * day, -day)],
      });
      expect(await search(user)).toEqual([period(-20 * day, 10 * day), period(1 - day, 1)]);
    });

    it('finds the periods of a series, each with its type', async () => {
      const user = await subject.user();
      const series = Array.from({ length: 700 }, (_, index) =>
        period((index - 350) * day, (index - 350) * day + hour, index % 2 ? 'BUSY' : 'BUSY-TENTATIVE'),
      );
      await putBusy(user, { series });
      expect(await search(user, { start: later(-day), end: later(2 * day) })).toEqual(series.slice(349, 352));
      expect(await search(user, { start: later(2 * hour), end: later(3 * hour) })).toEqual([]);
    });

    it('leaves out one object, if that is asked for', async () => {
      const user = await subject.user();
      await putBusy(user, {
        u: [period(0, 1000)],
        v: [period(0, 2000)],
        w: [period(-3 * day, day), period(2 * day, 3 * day)],
      });
      const found = await subject.store.read((view) => view.objects.busy(user.id, range, 'u'));
      expect(byStart(found)).toEqual([period(-3 * day, day), period(0, 2000)]);
      expect(await subject.store.transaction((tx) => tx.objects.busy(user.id, range, 'none'))).toHaveLength(3);
    });

    it('tells one user nothing of another', async () => {
      const [b, c] = await subject.twoUsers();
      await putBusy(b, { u: [period(0, hour)] });
      expect(await search(c)).toEqual([]);
    });

    it('forgets the periods of an object that was changed or taken away', async () => {
      const user = await subject.user();
      await putBusy(user, { u: [period(0, 1000)], v: [period(0, 1000)] });
      await putBusy(user, { u: [period(2000, 3000)] });
      await subject.store.transaction((tx) => tx.objects.remove(user.id, 'v'));
      expect(await search(user)).toEqual([period(2000, 3000)]);
    });

    it('names the objects whose periods do not cover the range, and leaves their periods out', async () => {
      const user = await subject.user();
      await putBusy(user, { whole: [period(0, 1000)] });
      await putBusy(
        user,
        { endless: [period(0, 2000), period(day, day + 2000)] },
        { start: later(-day), end: later(2 * day) },
      );
      const partial = (within: typeof range) =>
        subject.store.read((view) => view.objects.notCovering(user.id, within, 10));
      expect(await partial(range)).toEqual([]);
      expect(await search(user)).toEqual([period(0, 1000), period(0, 2000)]);
      const beyond = { start: later(0), end: later(3 * day) };
      expect((await partial(beyond)).map((each) => each.uid)).toEqual(['endless']);
      expect(await search(user, beyond)).toEqual([period(0, 1000)]);
      expect((await partial({ start: later(-2 * day), end: later(0) })).map((each) => each.uid)).toEqual(['endless']);
      expect(await subject.store.read((view) => view.objects.notCovering(user.id, beyond, 0))).toEqual([]);
    });

    it('covers nothing any more when the user moved to another zone', async () => {
      const user = await subject.user();
      await putBusy(user, { u: [period(0, 1000)] });
      await subject.provision(entry('b', 'Pacific/Auckland'));
      expect(await search(user)).toEqual([]);
      expect(
        (await subject.store.read((view) => view.objects.notCovering(user.id, range, 10))).map((each) => each.uid),
      ).toEqual(['u']);
    });
  });
}
