import { randomUUID } from 'node:crypto';
import { openChannels, toAlertLog } from '../app.ts';
import type { AlertingConfig } from '../config/config.ts';
import { sampleFacts } from '../core/alert-facts.ts';
import { failed, ok, warning, type Finding } from '../core/finding.ts';
import { createLogger } from '../observe/log.ts';

export const ALERTS = 'alerts';

/** Where alerts go; null for `sendAt`: nobody asked to try it. */
export async function checkAlerts(config: AlertingConfig, sendAt: Date | null): Promise<readonly Finding[]> {
  if (sendAt !== null) return sendSamples(config, sendAt);
  const names = config.alerts.channels.map(({ name }) => name).join(', ');
  return [ok(ALERTS, `${names}; not tried: --alerts sends each a sample`)];
}

/** The sample of `alerts test`: that an address can be reached does not prove that it takes an alert. */
async function sendSamples(config: AlertingConfig, now: Date): Promise<readonly Finding[]> {
  const log = toAlertLog(createLogger({ level: config.logLevel, secrets: config.secrets }));
  const facts = sampleFacts(randomUUID(), now.toISOString());
  const channels = [...openChannels(config, log).values()];
  return Promise.all(
    channels.map(async (channel) => {
      const { name, kind } = channel;
      const outcome = await channel.send(facts, { receipt: null });
      if (!outcome.ok) return failed(ALERTS, `${name} (${kind}): ${outcome.reason}`, REMEDY);
      const refused = outcome.receipt?.['refused'];
      return Array.isArray(refused) && refused.length > 0
        ? warning(
            ALERTS,
            `${name} (${kind}) took a sample, but not for ${refused.length} of its recipients`,
            REMEDY,
          )
        : ok(ALERTS, `${name} (${kind}) took a sample`);
    }),
  );
}

const REMEDY = "Correct the channel (docs/alerts.md), and try it with 'kore-sync alerts test'.";
