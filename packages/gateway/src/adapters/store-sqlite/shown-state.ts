/**
 * The state of a delivery `d`, as it is shown. The column says `waiting` (0) as long as it is leased, and `lease_id` says that it is:
 * the indexes that go by the state stay as they are when it is leased, and when it is given back.
 */
export const shownStateExpression = 'iif(d.lease_id IS NULL, d.state, 1)';

/** The same as a column. */
export const shownState = `${shownStateExpression} AS state`;
