import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';

export interface ReceivedMail {
  /** Those of the envelope, whom the server took it for. */
  readonly recipients: readonly string[];
  readonly mail: Email;
  readonly raw: string;
}

export interface MailServer {
  readonly url: string;
  readonly received: readonly ReceivedMail[];
}

export interface MailServerOptions {
  /** The reply to a recipient, such as `550 5.1.1 unknown`; undefined: taken. */
  readonly refuse?: (recipient: string) => string | undefined;
  /** The reply to a whole mail, likewise. */
  readonly refuseMail?: () => string | undefined;
}

/** A mail server on a free port that keeps what it takes; gone when the test ends. */
export async function startMailServer({
  refuse = () => undefined,
  refuseMail = () => undefined,
}: MailServerOptions = {}): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _, callback) => callback(toError(refuse(address))),
    onData(stream, { envelope }, callback) {
      text(stream)
        .then(async (raw) => {
          const error = toError(refuseMail());
          const recipients = envelope.rcptTo.map(({ address }) => address);
          if (error === null) received.push({ recipients, mail: await PostalMime.parse(raw), raw });
          callback(error);
        })
        .catch(callback);
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  onTestFinished(async () => {
    await new Promise<void>((resolve) => {
      server.close(resolve);
    });
  });
  const address = server.server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return { url: `smtp://127.0.0.1:${port}`, received };
}

function toError(reply: string | undefined): Error | null {
  if (reply === undefined) return null;
  return Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) });
}
