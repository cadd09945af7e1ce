/**
 * Loaded into a program before its own code (`node --import`): its clock is that of the test's world, which can be set. And a
 * file that may not grow any more is an error to it, as a full disk is, and not its end.
 */
import { openSync, readSync } from 'node:fs';

const file = process.env['ISCHED_TEST_CLOCK'];
if (file !== undefined) {
  const descriptor = openSync(file, 'r');
  const shift = new BigInt64Array(1);
  const machineNow = Date.now.bind(Date);
  Date.now = () => {
    readSync(descriptor, shift, 0, 8, 0);
    return machineNow() + Number(shift[0]);
  };
  process.on('SIGXFSZ', () => undefined);
}
