declare const brand: unique symbol;

/** A value of type `T` that only its parser makes; the name tells two brands apart. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
