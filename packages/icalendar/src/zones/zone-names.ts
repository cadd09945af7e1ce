import { ianaZone } from './iana-zone.ts';
import { windowsZones } from './windows-zones.ts';

/** Names that programs write without defining them, lower case. */
const otherNames: Readonly<Record<string, string>> = {
  'us-eastern': 'America/New_York',
  'us-central': 'America/Chicago',
  'us-mountain': 'America/Denver',
  'us-pacific': 'America/Los_Angeles',
  'eastern time (us & canada)': 'America/New_York',
  'eastern time (us and canada)': 'America/New_York',
  'central time (us & canada)': 'America/Chicago',
  'central time (us and canada)': 'America/Chicago',
  'mountain time (us & canada)': 'America/Denver',
  'mountain time (us and canada)': 'America/Denver',
  'pacific time (us & canada)': 'America/Los_Angeles',
  'pacific time (us and canada)': 'America/Los_Angeles',
  'pacific time (us & canada),tijuana': 'America/Los_Angeles',
  'pacific time (us & canada); tijuana': 'America/Los_Angeles',
  'atlantic time (canada)': 'America/Halifax',
  'amsterdam, belgrade, berlin, brussels, budapest, madrid, paris, prague, stockholm': 'Europe/Paris',
  'amsterdam, berlin, bern, rome, stockholm, vienna': 'Europe/Berlin',
  'belgrade, bratislava, budapest, ljubljana, prague': 'Europe/Budapest',
  'brussels, copenhagen, madrid, paris': 'Europe/Paris',
  'sarajevo, skopje, warsaw, zagreb': 'Europe/Warsaw',
  'western/central europe': 'Europe/Paris',
  'greenwich mean time: dublin, edinburgh, lisbon, london': 'Europe/London',
  'dublin, edinburgh, lisbon, london': 'Europe/London',
  'helsinki, kyiv, riga, sofia, tallinn, vilnius': 'Europe/Helsinki',
  'athens, bucharest': 'Europe/Bucharest',
  'moscow, st. petersburg, volgograd': 'Europe/Moscow',
  'chennai, kolkata, mumbai, new delhi': 'Asia/Kolkata',
  'bangkok, hanoi, jakarta': 'Asia/Bangkok',
  'beijing, chongqing, hong kong, urumqi': 'Asia/Shanghai',
  'osaka, sapporo, tokyo': 'Asia/Tokyo',
  brasília: 'America/Sao_Paulo',
  brasilia: 'America/Sao_Paulo',
  'canberra, melbourne, sydney': 'Australia/Sydney',
  'auckland, wellington': 'Pacific/Auckland',
  'central european standard time': 'Europe/Warsaw',
};

/**
 * The IANA name that a TZID is or ends in: `Europe/Berlin`, `/mozilla.org/20050126_1/Europe/Berlin`, `US/Pacific`.
 *
 * @throws nothing.
 * @see RFC 5545 §3.2.19 (a leading slash means a name from some registry).
 */
export function ianaNameOf(tzid: string): string | undefined {
  const exact = ianaZone(tzid);
  if (exact) return exact.ianaName;
  const segments = tzid.slice(-100).split('/');
  for (let from = 1; from < segments.length; from++) {
    const rest = segments.slice(from).join('/');
    const zone = rest.includes('/') || /^(?:utc|gmt)$/i.test(rest) ? ianaZone(rest) : undefined;
    if (zone) return zone.ianaName;
  }
  return undefined;
}

/**
 * The IANA name that a vendor's name stands for: Windows' (`W. Europe Standard Time`), Outlook's
 * (`(UTC-05:00) Eastern Time (US & Canada)`), and some that are simply in use.
 *
 * @throws nothing.
 */
export function vendorZoneName(tzid: string): string | undefined {
  const name = tzid.trim();
  if (Object.hasOwn(windowsZones, name)) return windowsZones[name];
  const key = name
    .replace(/^\((?:UTC|GMT)[ +\-\d:]*\) */i, '')
    .toLowerCase()
    .trim();
  if (Object.hasOwn(otherNames, key)) return otherNames[key];
  return Object.entries(windowsZones).find(([known]) => known.toLowerCase() === key)?.[1];
}

/** Whether a name is of a zone whose clock never changes by law, as `GMT` or `Etc/GMT+5`. @throws nothing. */
export function isFixedName(ianaName: string): boolean {
  return /^(?:Etc\/.*|GMT.*|UTC|UCT|Zulu|Greenwich|Universal|EST|MST|HST)$/i.test(ianaName);
}
