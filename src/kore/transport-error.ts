import { ReadError, RequestError, TimeoutError } from 'got';
import type { ApiFailure } from '../core/api-failure.ts';

const DNS_CODE = /^(?:ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL|EFORMERR|EREFUSED|EBADRESP)$/;
const TLS_CODE =
  /^(?:EPROTO|CERT_\w+|ERR_TLS_\w+|ERR_SSL_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+|HOSTNAME_MISMATCH|INVALID_\w+|CRL_\w+)$/;
const UNREACHABLE_CODE =
  /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|EACCES|EPERM)$/;
const RESET_CODE = /^(?:ECONNRESET|EPIPE|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE|ERR_STREAM_DESTROYED)$/;
const BROKEN_BODY_CODE =
  /^(?:Z_\w+|ERR__?(?:ZLIB|BROTLI|ZSTD)\w*|ERR_BROTLI\w*|ERR_PADDING\w*|ERR_HTTP_CONTENT_LENGTH_MISMATCH)$/;
/** Error codes are words of constants; anything else could be somebody's text. */
const PLAIN_CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/**
 * Says why a call brought no response, copying the code and nothing else: got's errors carry the options of the request, and
 * those carry the token (I8). Total.
 */
export function classifyTransportError(error: unknown): ApiFailure {
  if (error instanceof TimeoutError) return { kind: 'timeout', phase: error.event };
  const code = readCode(error);
  const seen = code === undefined ? {} : { code };
  // The head of the response had come: what is missing is the rest of it.
  if (error instanceof ReadError || BROKEN_BODY_CODE.test(code ?? '')) return { kind: 'truncated', ...seen };
  if (code === undefined) return { kind: 'unknown', ...readName(error) };
  if (code === 'ETIMEDOUT' || code === 'ESOCKETTIMEDOUT') return { kind: 'timeout', phase: 'connect', code };
  if (DNS_CODE.test(code)) return { kind: 'dns', code };
  if (UNREACHABLE_CODE.test(code)) return { kind: 'refused', code };
  if (RESET_CODE.test(code)) return { kind: 'reset', code };
  if (TLS_CODE.test(code)) return { kind: 'tls', code };
  return { kind: 'unknown', code };
}

function readCode(error: unknown): string | undefined {
  if (!(error instanceof RequestError)) return undefined;
  return PLAIN_CODE.test(error.code) ? error.code : undefined;
}

function readName(error: unknown): { readonly message?: string } {
  return error instanceof Error && /^\w{1,64}$/.test(error.name) ? { message: error.name } : {};
}
