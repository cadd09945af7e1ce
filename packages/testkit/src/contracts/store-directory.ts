import { describe, expect, it } from 'vitest';
import { entry, type StoreSubject } from './store-subject.ts';

/** What every Store promises of its directory. */
export function directoryContract(subject: StoreSubject): void {
  describe('directory', () => {
    it('finds a user by every address', async () => {
      await subject.provision(entry('b', 'Europe/Berlin', 'mailto:bea@example.org'));
      const user = await subject.find('mailto:bea@example.org');
      expect(user).toMatchObject({ address: 'mailto:b@example.org', timeZone: 'Europe/Berlin' });
      expect(user?.addressKeys.toSorted()).toEqual(['mailto:b@example.org', 'mailto:bea@example.org']);
      expect(await subject.find('mailto:b@example.org')).toEqual(user);
      expect(await subject.find('mailto:nobody@example.org')).toBeUndefined();
    });

    it('keeps a user and the objects when provisioned again', async () => {
      const user = await subject.user();
      await subject.provision({ ...entry('b', 'Asia/Tokyo'), name: 'Bea' }, entry('c'));
      const again = await subject.find('mailto:b@example.org');
      expect(again).toMatchObject({
        id: user.id,
        defaultCalendar: user.defaultCalendar,
        name: 'Bea',
        timeZone: 'Asia/Tokyo',
      });
      expect((await subject.store.read((view) => view.directory.users())).map((each) => each.address)).toEqual([
        'mailto:b@example.org',
        'mailto:c@example.org',
      ]);
    });

    it('finds a user no more who is no longer listed, and again when listed again', async () => {
      const user = await subject.user();
      await subject.provision(entry('c'));
      expect(await subject.find('mailto:b@example.org')).toBeUndefined();
      expect((await subject.store.read((view) => view.directory.users())).map((each) => each.address)).toEqual([
        'mailto:c@example.org',
      ]);
      await subject.provision(entry('b'));
      expect((await subject.find('mailto:b@example.org'))?.id).toBe(user.id);
    });

    it('keeps how a room answers by itself, until it is a person again', async () => {
      const resource = { autoSchedule: 'automatic', bookingDays: 180 } as const;
      await subject.provision({ ...entry('room'), resource }, entry('b'));
      expect((await subject.find('mailto:room@example.org'))?.resource).toEqual(resource);
      expect((await subject.find('mailto:b@example.org'))?.resource).toBeUndefined();
      await subject.provision({ ...entry('room'), resource: { autoSchedule: 'decline-always', bookingDays: 1 } });
      expect((await subject.find('mailto:room@example.org'))?.resource?.autoSchedule).toBe('decline-always');
      await subject.provision(entry('room'));
      expect((await subject.find('mailto:room@example.org'))?.resource).toBeUndefined();
    });

    it('moves an alias from one user to another', async () => {
      await subject.provision(entry('b', 'UTC', 'mailto:desk@example.org'), entry('c'));
      await subject.provision(entry('c', 'UTC', 'mailto:desk@example.org'), entry('b'));
      expect((await subject.find('mailto:desk@example.org'))?.address).toBe('mailto:c@example.org');
    });

    it('refuses one address for two users, and changes nothing', async () => {
      await subject.user();
      const twice = [entry('c', 'UTC', 'mailto:x@example.org'), entry('d', 'UTC', 'mailto:x@example.org')];
      await expect(subject.provision(...twice)).rejects.toThrow(TypeError);
      expect(await subject.find('mailto:b@example.org')).toBeDefined();
      expect(await subject.find('mailto:c@example.org')).toBeUndefined();
    });
  });
}
