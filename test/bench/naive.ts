import { readFile } from 'node:fs/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { createTokenMint } from '../../src/kore/token.ts';
import { PrismaClient } from '../../src/store/generated/client.ts';
import { BATCH_SIZE, type Assignment, type Contender } from './contender.ts';
import { cutBatches, parseItems, readEntries, USERS_INFO_PATH, type ReplyItem } from './reply.ts';

/**
 * The script one writes first: call after call, and an upsert for whatever a reply names, through the product's
 * own models. Current state only: no history, no audit, no last logins, and nothing ever taken away. The same every
 * night, since it compares nothing.
 */
export async function openNaive({ account, rosterFile, databaseUrl }: Assignment): Promise<Contender> {
  const prisma = new PrismaClient({ adapter: new PrismaPg(databaseUrl) });
  const mint = createTokenMint(account);
  await prisma.$connect();
  return {
    async run() {
      const entries = readEntries(await readFile(rosterFile, 'utf8'));
      for (const emailIds of cutBatches(entries, BATCH_SIZE)) {
        const response = await fetch(`${account.host}${USERS_INFO_PATH}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', auth: await mint(new Date()) },
          body: JSON.stringify({ emailIds }),
        });
        for (const item of parseItems(await response.text())) await saveUser(prisma, item);
      }
    },
    close: () => prisma.$disconnect(),
  };
}

async function saveUser(prisma: PrismaClient, item: ReplyItem): Promise<void> {
  const { userId, emailId: email, firstName, lastName, status } = item.userInfo;
  const { canCreateBot, isDeveloper } = item;
  const now = new Date();
  const shown = { email, firstName, lastName, status, canCreateBot, isDeveloper };
  const seen = { botRolesSeen: true, adminRolesSeen: true, groupsSeen: true, tasksSeen: true };
  const { id: personId } = await prisma.user.upsert({
    where: { userId },
    create: { userId, ...shown, ...seen, firstSeenAt: now },
    update: shown,
  });
  for (const { roleId, roleName, botId, botName } of item.roles.btRoles) {
    const { id: role } = await prisma.role.upsert({
      where: { roleId_scope: { roleId, scope: 'bot' } },
      create: { roleId, scope: 'bot', name: roleName },
      update: { name: roleName },
    });
    const { id: bot } = await prisma.bot.upsert({
      where: { botId },
      create: { botId, name: botName },
      update: { name: botName },
    });
    await prisma.roleGrant.upsert({
      where: { personId_role_bot: { personId, role, bot } },
      create: { personId, role, bot, validFrom: now },
      update: {},
    });
  }
  for (const { groupId, groupName } of item.groups) {
    const { id: group } = await prisma.group.upsert({
      where: { groupId },
      create: { groupId, name: groupName },
      update: { name: groupName },
    });
    await prisma.groupMembership.upsert({
      where: { personId_group: { personId, group } },
      create: { personId, group, validFrom: now },
      update: {},
    });
  }
}
