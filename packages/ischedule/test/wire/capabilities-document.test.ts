import { epochMs, octetsFromText } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { ownCapabilities } from '../../src/capabilities/capabilities.ts';
import { formatCapabilities, readCapabilities } from '../../src/wire/capabilities-document.ts';
import { formatLegacyCapabilities } from '../../src/wire/legacy-capabilities-document.ts';
import { parseXml } from '../../src/wire/xml.ts';

const own = ownCapabilities({ serialNumber: 7, administrator: 'mailto:a&b@example.org' });
const namespace = 'xmlns="urn:ietf:params:xml:ns:ischedule"';

function read(inner: string): ReturnType<typeof readCapabilities> {
  return readCapabilities(
    octetsFromText(`<query-result ${namespace}><capabilities>${inner}</capabilities></query-result>`),
  );
}

describe('our capabilities', () => {
  const text = Buffer.from(formatCapabilities(own)).toString('utf8');
  const root = parseXml(text);
  const [capabilities] = root.children;

  it("[IS-2.14, IS-2.15] is one capabilities in a query-result, all in the draft's namespace", () => {
    expect([root.name, root.children.length, capabilities?.name]).toEqual(['query-result', 1, 'capabilities']);
    const namespaces = new Set<string>();
    const visit = (element: typeof root): void => {
      namespaces.add(element.namespace);
      element.children.forEach(visit);
    };
    visit(root);
    expect([...namespaces]).toEqual(['urn:ietf:params:xml:ns:ischedule']);
  });

  it('[IS-2.16] has all twelve elements, once, in the order of the table', () => {
    expect(capabilities?.children.map(({ name }) => name)).toEqual([
      'serial-number',
      'versions',
      'scheduling-messages',
      'calendar-data-types',
      'attachments',
      'rscales',
      'max-content-length',
      'min-date-time',
      'max-date-time',
      'max-instances',
      'max-recipients',
      'administrator',
    ]);
  });

  it('[IS-2.18, IS-2.21, IS-2.24, IS-2.25, IS-2.30, IS-2.34] states what DESIGN sets as default', () => {
    for (const line of [
      '<serial-number>7</serial-number>',
      '<version>1.0</version>',
      '<calendar-data-type content-type="text/calendar" version="2.0"/>',
      '<calendar-data-type content-type="application/calendar+json" version="2.0"/>',
      '<max-content-length>1048576</max-content-length>',
      '<min-date-time>19700101T000000Z</min-date-time>',
      '<max-date-time>21001231T235959Z</max-date-time>',
      '<max-instances>1000</max-instances>',
      '<max-recipients>250</max-recipients>',
      '<administrator>mailto:a&amp;b@example.org</administrator>',
    ]) {
      expect(text).toContain(line);
    }
  });

  it('[IS-2.22, IS-3.31] lists components and methods, and PUBLISH only by policy', () => {
    expect(text).toContain('<component name="VFREEBUSY">\n<method name="REQUEST"/>\n</component>');
    expect(text).not.toContain('PUBLISH');
    const publishing = formatCapabilities(
      ownCapabilities({ serialNumber: 8, administrator: 'mailto:a@b.example', allowPublish: true }),
    );
    expect(Buffer.from(publishing).toString('utf8')).toContain('<method name="PUBLISH"/>');
  });

  it('[IS-2.26, IS-2.38, IS-7.3] takes links and no inline attachments', () => {
    expect(text).toContain('<attachments>\n<external/>\n</attachments>');
  });

  it('[IS-2.18] refuses a serial number that is no positive whole number', () => {
    for (const serialNumber of [0, -1, 1.5, Number.NaN]) {
      expect(() => ownCapabilities({ serialNumber, administrator: 'mailto:a@b.example' })).toThrow(TypeError);
    }
  });

  it('is read by our reader as it was meant', () => {
    expect(readCapabilities(formatCapabilities(own))).toEqual(own);
  });

  it("[Q1] has a form in the first drafts' vocabulary", () => {
    const legacy = parseXml(Buffer.from(formatLegacyCapabilities(own)).toString('utf8'));
    expect(legacy.children.map(({ name }) => name)).toEqual(['capability-set']);
    expect(legacy.children[0]?.children.map(({ name }) => name)).toEqual([
      'supported-version-set',
      'supported-scheduling-message-set',
      'supported-calendar-data-type',
      'supported-attachment-values',
      'supported-recipient-uri-scheme-set',
      'max-content-length',
      'min-date-time',
      'max-date-time',
      'max-instances',
      'max-recipients',
      'administrator',
    ]);
  });
});

describe("a peer's capabilities", () => {
  it('[IS-2.17, Q9] may be any subset, in any order, with strangers among them', () => {
    expect(
      read('<max-recipients> 3 </max-recipients><future when="now"/><versions><version>1.0</version></versions>'),
    ).toEqual({
      maxRecipients: 3,
      versions: ['1.0'],
    });
    expect(read('')).toEqual({});
  });

  it('[IS-2.23, Q9] names components without methods, and ignores unknown children', () => {
    const inner =
      '<component name="vtodo"/><component name="VEVENT"><method name="request"/><other/></component><component/>';
    expect(read(`<scheduling-messages>${inner}</scheduling-messages>`).schedulingMessages).toEqual([
      { component: 'VTODO', methods: [] },
      { component: 'VEVENT', methods: ['REQUEST'] },
    ]);
  });

  it('[IS-2.36] that are empty lists are not stated', () => {
    expect(read('<versions/><scheduling-messages/><calendar-data-types/>')).toEqual({});
  });

  it('[IS-2.27, IS-2.28] that are empty attachments or rscales are', () => {
    expect(read('<attachments/><rscales/>')).toEqual({ attachments: { inline: false, external: false }, rscales: [] });
  });

  it.each([
    '',
    '<max-instances/>',
    '<max-instances>many</max-instances>',
    '<max-instances>-1</max-instances>',
    '<max-instances>1e3</max-instances>',
  ])('[IS-2.33, Q8] %s is no limit', (inner) => {
    expect(read(inner).maxInstances).toBeUndefined();
  });

  it('[Q8] reads what peers write: B says 1 and calendar-data, C leaves values and versions out, A has a stray version', () => {
    expect(
      read(
        '<version>1795357602</version><versions><version>1</version></versions><administrator/><max-content-length></max-content-length>' +
          '<calendar-data-types><calendar-data content-type="text/calendar; charset=utf-8" version="2.0"/>' +
          '<calendar-data-type content-type="application/calendar+json"/></calendar-data-types>',
      ),
    ).toEqual({
      versions: ['1'],
      calendarDataTypes: [
        { contentType: 'text/calendar', version: '2.0' },
        { contentType: 'application/calendar+json' },
      ],
    });
  });

  it('[IS-2.30] has dates in UTC, and others not', () => {
    expect(read('<min-date-time>20010203T040506Z</min-date-time>').minDateTime).toBe(
      epochMs(Date.UTC(2001, 1, 3, 4, 5, 6)),
    );
    for (const text of ['20010203T040506', '20010203', '20011303T040506Z', '2001-02-03T04:05:06Z']) {
      expect(read(`<max-date-time>${text}</max-date-time>`).maxDateTime).toBeUndefined();
    }
  });
});
