import { parse, validateDetailed } from 'node-cron';
import { z } from 'zod';
import { parseDuration } from '../core/duration.ts';
import type { Cron } from '../core/schedule.ts';
import { Secret } from '../core/secret.ts';
import type { SettingName } from './environment.ts';
import { isPrivateAddress } from './settings.ts';

/** An expression as it was written, for node-cron, and what it says, for whoever counts the nights. */
export interface CronSetting {
  readonly expression: string;
  readonly cron: Cron;
}

/** Of commands that run nights: whom to tell that one begins and ends. */
export function heartbeatSettings() {
  return {
    HEARTBEAT_URL: z
      .string()
      .refine((value) => isPrivateAddress(value) && !/[?#]/.test(value), {
        error: 'the ping address of a check, https://…, without a query; http: only for this machine',
      })
      .transform((value) => new Secret(value.replace(/\/+$/, '')))
      .optional(),
  } satisfies Partial<Record<SettingName, z.ZodType>>;
}

/** Of `start` alone. */
export function startSettings() {
  return {
    SYNC_CRON: z.string().transform(readCron),
    SYNC_TIMEZONE: z.string().refine(isTimeZone, {
      error: 'a time zone by its name, such as UTC or Europe/Berlin',
    }),
    PORT: z
      .string()
      .regex(/^\d{1,5}$/, { error: PORT_EXPECTED })
      .transform(Number)
      .pipe(z.number().min(1, { error: PORT_EXPECTED }).max(65_535, { error: PORT_EXPECTED }))
      .optional(),
    BIND_ADDRESS: z.union([z.ipv4(), z.ipv6()], {
      error: 'an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them',
    }),
    READY_MAX_AGE: z.string().transform((value, context) => {
      const durationMs = parseDuration(value);
      return durationMs ?? refuse(context, 'a whole number with its unit s, m, h or d, such as 26h');
    }),
  } satisfies Partial<Record<SettingName, z.ZodType>>;
}

const PORT_EXPECTED = 'a port from 1 to 65535';

function readCron(expression: string, context: z.RefinementCtx): CronSetting {
  const { errors } = validateDetailed(expression);
  const [fault] = errors;
  if (fault !== undefined) return refuse(context, `${CRON_EXPECTED}: ${fault.message}`);
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = parse(expression);
  if (second.length !== 1 || second[0] !== 0 || expression.trim().split(/\s+/).length > 5) {
    return refuse(context, `${CRON_EXPECTED}: a night does not begin at a second`);
  }
  const daysOfMonth = dayOfMonth.filter((day) => typeof day === 'number');
  const daysOfWeek = dayOfWeek.filter((day) => typeof day === 'number');
  if (daysOfMonth.length < dayOfMonth.length || daysOfWeek.length < dayOfWeek.length) {
    return refuse(context, `${CRON_EXPECTED}: L, W and # are not known here`);
  }
  if (new Set(daysOfMonth).size < 31 && new Set(daysOfWeek).size < 7) {
    return refuse(
      context,
      `${CRON_EXPECTED}: either days of the month or days of the week, since programs disagree whether both must match`,
    );
  }
  return { expression, cron: { minutes: minute, hours: hour, daysOfMonth, months: month, daysOfWeek } };
}

const CRON_EXPECTED = 'five fields (minute, hour, day of month, month, day of week), such as "0 2 * * *"';

/** By name: an offset such as +02:00, which newer versions of Node.js take as well, knows no daylight saving. */
function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Object;
  } catch {
    return false;
  }
}

function refuse(context: z.RefinementCtx, expected: string): never {
  context.addIssue({ code: 'custom', message: expected });
  return z.NEVER;
}
