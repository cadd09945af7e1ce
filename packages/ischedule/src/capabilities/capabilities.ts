import { type EpochMs, epochMs } from '@isched/values';

/** A component and the methods taken for it. */
export interface SupportedMessages {
  /** Upper case. */
  readonly component: string;
  /** Upper case; empty: any method. */
  readonly methods: readonly string[];
}

export interface CalendarDataType {
  /** Lower case, without parameters. */
  readonly contentType: string;
  readonly version?: string | undefined;
}

/** Which kinds of ATTACH are taken. */
export interface AttachmentSupport {
  readonly inline: boolean;
  readonly external: boolean;
}

/**
 * What a receiver says it takes. A member that is absent is unknown: nothing is refused on its account.
 *
 * @see iSchedule draft, "Receiver Capabilities"; digest §2.
 */
export interface Capabilities {
  /** As the peer wrote it; compared for inequality only. */
  readonly serialNumber?: string | undefined;
  readonly versions?: readonly string[] | undefined;
  readonly schedulingMessages?: readonly SupportedMessages[] | undefined;
  readonly calendarDataTypes?: readonly CalendarDataType[] | undefined;
  readonly attachments?: AttachmentSupport | undefined;
  /** Upper case; empty: no RSCALE is taken. */
  readonly rscales?: readonly string[] | undefined;
  /** Octets. */
  readonly maxContentLength?: number | undefined;
  readonly minDateTime?: EpochMs | undefined;
  readonly maxDateTime?: EpochMs | undefined;
  readonly maxInstances?: number | undefined;
  readonly maxRecipients?: number | undefined;
  readonly administrator?: string | undefined;
}

/**
 * What our own receiver says, and enforces: everything stated, for what is advertised and what is checked are one value.
 */
export type OwnCapabilities = { readonly [Member in keyof Capabilities]-?: NonNullable<Capabilities[Member]> };

/** What an operator may choose; the rest follows. */
export interface OwnCapabilitiesOptions {
  /** Positive, whole; changes with each substantive change. Stored, so that nodes and restarts agree. */
  readonly serialNumber: number;
  /** A URI, e.g. `mailto:postmaster@example.com`. */
  readonly administrator: string;
  /** Default: RFC 5546's methods for events and tasks that a receiver acts on, and free-busy. */
  readonly schedulingMessages?: readonly SupportedMessages[] | undefined;
  /** Adds PUBLISH for events, tasks and journals: a policy, see `ReceiverOptions.allowPublish`. Default false. */
  readonly allowPublish?: boolean | undefined;
  /** Also `application/calendar+json`. Default true. */
  readonly jcal?: boolean | undefined;
  /** Default: external only; inline ones would have to be scanned. */
  readonly attachments?: AttachmentSupport | undefined;
  /** Default: GREGORIAN. */
  readonly rscales?: readonly string[] | undefined;
  /** Octets. Default 1 MiB. */
  readonly maxContentLength?: number | undefined;
  /** Default 1970-01-01T00:00:00Z. */
  readonly minDateTime?: EpochMs | undefined;
  /** Default 2100-12-31T23:59:59Z. */
  readonly maxDateTime?: EpochMs | undefined;
  /** Default 1000. */
  readonly maxInstances?: number | undefined;
  /** Default 250. */
  readonly maxRecipients?: number | undefined;
}

const objectMethods = ['REQUEST', 'ADD', 'REPLY', 'CANCEL', 'REFRESH', 'COUNTER', 'DECLINECOUNTER'];
/** 2100-12-31T23:59:59Z */
const endOf2100 = epochMs(4_133_980_799_000);

/**
 * Fills in what an operator left open.
 *
 * @throws TypeError when the serial number is not a positive whole number, or a limit no number from 1 up.
 */
export function ownCapabilities(options: OwnCapabilitiesOptions): OwnCapabilities {
  positive('serialNumber', options.serialNumber);
  return {
    serialNumber: String(options.serialNumber),
    versions: ['1.0'],
    schedulingMessages: options.schedulingMessages ?? defaultMessages(options.allowPublish ?? false),
    calendarDataTypes: [
      { contentType: 'text/calendar', version: '2.0' },
      ...((options.jcal ?? true) ? [{ contentType: 'application/calendar+json', version: '2.0' }] : []),
    ],
    attachments: options.attachments ?? { inline: false, external: true },
    rscales: options.rscales ?? ['GREGORIAN'],
    maxContentLength: positive('maxContentLength', options.maxContentLength ?? 1_048_576),
    minDateTime: options.minDateTime ?? epochMs(0),
    maxDateTime: options.maxDateTime ?? endOf2100,
    maxInstances: positive('maxInstances', options.maxInstances ?? 1_000),
    maxRecipients: positive('maxRecipients', options.maxRecipients ?? 250),
    administrator: options.administrator,
  };
}

/** Says whether a message of this kind is taken; what is not stated is. @throws nothing. */
export function takesMessage(capabilities: Capabilities, component: string, method: string): boolean {
  const stated = capabilities.schedulingMessages;
  if (!stated || stated.length === 0) return true;
  return stated.some(
    (entry) => entry.component === component && (entry.methods.length === 0 || entry.methods.includes(method)),
  );
}

/** Says whether a media type is taken; what is not stated is. @throws nothing. */
export function takesMediaType(capabilities: Capabilities, mediaType: string): boolean {
  const stated = capabilities.calendarDataTypes;
  return !stated || stated.length === 0 || stated.some((entry) => entry.contentType === mediaType);
}

function defaultMessages(allowPublish: boolean): readonly SupportedMessages[] {
  const methods = allowPublish ? [...objectMethods, 'PUBLISH'] : objectMethods;
  return [
    { component: 'VEVENT', methods },
    { component: 'VTODO', methods },
    ...(allowPublish ? [{ component: 'VJOURNAL', methods: ['PUBLISH'] }] : []),
    { component: 'VFREEBUSY', methods: ['REQUEST'] },
  ];
}

function positive(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new TypeError(`${name} must be a positive whole number: ${value}`);
  return value;
}
