import { allTime, type CalendarUser, type NewObject, StaleRevision, type StoreTransaction } from 'isched';
import { describe, expect, it } from 'vitest';
import { now, type StoreSubject } from './store-subject.ts';

/** What every Store promises of its objects. */
export function objectsContract(subject: StoreSubject): void {
  describe('objects', () => {
    const none = { periods: [], covers: allTime };
    const text = 'BEGIN:VCALENDAR\r\nSUMMARY:Zoë 🗓\r\nEND:VCALENDAR\r\n';
    const objectOf = (user: CalendarUser, uid = 'u1'): NewObject => ({
      user: user.id,
      calendar: user.defaultCalendar,
      uid,
      text,
      changedAt: now,
    });

    it('gives back what was put, by user and UID', async () => {
      const user = await subject.user();
      const revision = await subject.store.transaction((tx) => tx.objects.put(objectOf(user), { busy: none }));
      expect(await subject.store.read((view) => view.objects.get(user.id, 'u1'))).toEqual({
        ...objectOf(user),
        revision,
      });
      expect(await subject.store.read((view) => view.objects.get(user.id, 'U1'))).toBeUndefined();
    });

    it('keeps the objects of two users with one UID apart', async () => {
      const [b, c] = await subject.twoUsers();
      await subject.store.transaction(async (tx) => {
        await tx.objects.put(objectOf(b), { busy: none });
        await tx.objects.put({ ...objectOf(c), text: 'c' }, { busy: none });
        await tx.objects.remove(c.id, 'u1');
      });
      expect((await subject.store.read((view) => view.objects.list(b.id))).map((each) => each.text)).toEqual([text]);
      expect(await subject.store.read((view) => view.objects.list(c.id))).toEqual([]);
    });

    it('holds objects for a piece of work, those that are not there and all of a user’s included', async () => {
      const [b, c] = await subject.twoUsers();
      const texts = await subject.store.transaction(async (tx) => {
        await tx.objects.hold([{ user: b.id, uid: 'u1' }, { user: c.id }, { user: c.id, uid: 'u1' }]);
        await tx.objects.hold([{ user: b.id, uid: 'u1' }]);
        await tx.objects.hold([]);
        await tx.objects.put(objectOf(b), { busy: none });
        await tx.objects.put(objectOf(c), { busy: none });
        return [...(await tx.objects.list(b.id)), ...(await tx.objects.list(c.id))].map((each) => each.text);
      });
      expect(texts).toEqual([text, text]);
    });

    it('adds to an object what many pieces of work add at once, each that holds it first', async () => {
      const user = await subject.user();
      const extend = (letter: string) =>
        subject.store.transaction(async (tx) => {
          await tx.objects.hold([{ user: user.id, uid: 'u1' }]);
          const before = (await tx.objects.get(user.id, 'u1'))?.text ?? '';
          await tx.objects.put({ ...objectOf(user), text: before + letter }, { busy: none });
        });
      await Promise.all('abcdefgh'.split('').map(extend));
      const stored = await subject.store.read((view) => view.objects.get(user.id, 'u1'));
      expect(stored?.text.split('').toSorted().join('')).toBe('abcdefgh');
    });

    it('changes the revision with each put', async () => {
      const user = await subject.user();
      const put = () => subject.store.transaction((tx) => tx.objects.put(objectOf(user), { busy: none }));
      const revisions = [await put(), await put(), await put()];
      await subject.store.transaction((tx) => tx.objects.remove(user.id, 'u1'));
      expect(new Set(revisions).size).toBe(3);
    });

    it('puts only over the revision expected', async () => {
      const user = await subject.user();
      const put = (revision: NonNullable<Parameters<StoreTransaction['objects']['put']>[1]['ifUnchanged']>) =>
        subject.store.transaction((tx) => tx.objects.put(objectOf(user), { busy: none, ifUnchanged: revision }));
      const first = await put({ revision: undefined });
      await expect(put({ revision: undefined })).rejects.toBeInstanceOf(StaleRevision);
      const second = await put({ revision: first });
      await expect(put({ revision: first })).rejects.toBeInstanceOf(StaleRevision);
      await subject.store.transaction((tx) => tx.objects.remove(user.id, 'u1'));
      await expect(put({ revision: second })).rejects.toBeInstanceOf(StaleRevision);
    });
  });
}
