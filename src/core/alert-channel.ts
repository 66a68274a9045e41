import type { Secret } from './secret.ts';

/** How many items of a digest a channel of a kind carries, and how many of them about one person. */
export const DIGEST_LIMITS = {
  log: { items: 20, perPerson: 5, withFirstSeen: false },
  slack: { items: 20, perPerson: 5, withFirstSeen: false },
  email: { items: 50, perPerson: 10, withFirstSeen: false },
  // Read by a program: as many as make a body that any receiver takes.
  webhook: { items: 500, perPerson: 500, withFirstSeen: true },
} as const satisfies Readonly<Record<ChannelKind, DigestLimits>>;

export interface DigestLimits {
  readonly items: number;
  readonly perPerson: number;
  /** Where false, what nobody had looked at before is a number in one line: who it is about is no news. */
  readonly withFirstSeen: boolean;
}

/** Where alerts go. Whatever lets somebody write there is a secret (I8). */
export type ChannelConfig = { readonly name: string } & (
  | { readonly kind: 'log' }
  | { readonly kind: 'slack'; readonly url: Secret }
  | {
      readonly kind: 'webhook';
      readonly url: Secret;
      /** Of the Standard Webhooks: base64, with or without `whsec_`. */
      readonly secret: Secret;
    }
  | {
      readonly kind: 'email';
      /** Connection string of the mail server. */
      readonly smtp: Secret;
      readonly from: string;
      readonly to: readonly string[];
    }
);

export type ChannelKind = 'log' | 'slack' | 'webhook' | 'email';
