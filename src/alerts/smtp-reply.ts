/** One recipient whom the mail server would not take. */
export interface Refusal {
  readonly to: string;
  /** Codes alone, such as `550 5.1.1`: the words often hold the address. */
  readonly reply: string;
  readonly isPermanent: boolean;
}

export interface SmtpFailure {
  readonly reason: string;
  readonly isPermanent: boolean;
  /** Where all recipients were refused, why each. */
  readonly refusals: readonly Refusal[];
}

/** Says why a mail was not taken, in codes alone: the server's words may hold anything (I8). Total. */
export function describeSmtpError(error: unknown): SmtpFailure {
  const { code = '', responseCode, response, rejectedErrors = [] } = toFields(error);
  const refusals = readRefusals(rejectedErrors);
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
    return { reason: 'the mail server took too long', isPermanent: false, refusals: [] };
  }
  const reply = describeReply(responseCode, response);
  const shown = [/^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : '', reply]
    .filter((part) => part !== '')
    .join(', ');
  return {
    reason: `the mail server did not take it (${shown === '' ? 'no reply' : shown})`,
    // A login that fails is a setting that somebody corrects, and no word about this mail.
    isPermanent: code !== 'EAUTH' && responseCode !== undefined && responseCode >= 500,
    refusals,
  };
}

export function readRefusals(errors: readonly unknown[]): readonly Refusal[] {
  return errors.map((error) => {
    const { recipient = '', responseCode, response } = toFields(error);
    return {
      to: recipient,
      reply: describeReply(responseCode, response),
      isPermanent: responseCode !== undefined && responseCode >= 500,
    };
  });
}

/** RFC 3463: the enhanced code follows the code. */
function describeReply(code: number | undefined, response: string | undefined): string {
  if (code === undefined) return '';
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? '')?.[1];
  return enhanced === undefined ? `${code}` : `${code} ${enhanced}`;
}

interface SmtpFields {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly recipient?: string;
  readonly rejectedErrors?: readonly unknown[];
}

/** What nodemailer adds to an error, as far as it is what it should be. */
function toFields(error: unknown): SmtpFields {
  if (!(error instanceof Error)) return {};
  return {
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...('responseCode' in error &&
      typeof error.responseCode === 'number' && { responseCode: error.responseCode }),
    ...('response' in error && typeof error.response === 'string' && { response: error.response }),
    ...('recipient' in error && typeof error.recipient === 'string' && { recipient: error.recipient }),
    ...('rejectedErrors' in error &&
      Array.isArray(error.rejectedErrors) && { rejectedErrors: error.rejectedErrors }),
  };
}
