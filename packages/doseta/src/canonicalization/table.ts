import type { ContentCanonicalization, HeaderCanonicalization } from '../service-template.ts';
import { contentRelaxed } from './content-relaxed.ts';
import { contentSimple } from './content-simple.ts';
import { headerIscheduleRelaxed } from './header-ischedule-relaxed.ts';
import { headerRelaxed } from './header-relaxed.ts';
import { headerSimple } from './header-simple.ts';

/** Every header canonicalization of the library. What a service takes is its template's to say. */
export const headerCanonicalizations: readonly HeaderCanonicalization[] = [
  headerIscheduleRelaxed,
  headerRelaxed,
  headerSimple,
];

/** Every content canonicalization of the library. */
export const contentCanonicalizations: readonly ContentCanonicalization[] = [contentSimple, contentRelaxed];
