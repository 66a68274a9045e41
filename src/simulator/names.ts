/** A name as people write it, and as it appears in their address. */
export interface Name {
  readonly written: string;
  readonly inAddress: string;
}

const parseNames = (lines: string): readonly Name[] =>
  lines
    .trim()
    .split(/\s*,\s*/)
    .map((entry) => {
      const [written = '', inAddress = written.toLowerCase()] = entry.split('=');
      return { written, inAddress };
    });

export const FIRST_NAMES = parseNames(`
  Anna, Benjamin, Carla, Daniel, Emma, Felix, Grace, Hannah, Isabel, Jack, Karim, Laura, Marco, Nadia, Oliver,
  Paula, Quentin, Rosa, Samuel, Teresa, Ugo, Victoria, William, Xenia, Yusuf, Zara, Amelia, Bruno, Chiara, Diego,
  Elena, Finn, Giulia, Hugo, Ingrid, Jonas, Kwame, Leila, Mateo, Nora, Omar, Priya, Rahul, Sofia, Thabo, Uma,
  Vikram, Wendy, Yara, Zanele, Aisha, Chidi, Fatima, Hiroshi, Jin, Kenji, Mei, Noor, Ravi, Sana,
  Zoë=zoe, José=jose, François=francois, Søren=soren, Łukasz=lukasz, Björn=bjorn, Çağla=cagla, Jürgen=juergen,
  Siân=sian, Nuño=nuno, Mária=maria, Žofia=zofia, Đorđe=djordje, Ağah=agah, D'Arcy=d'arcy, Jean-Luc=jean-luc,
  Mary Jane=maryjane, Nguyễn Văn=van.nguyen, Ольга=olga, Дмитрий=dmitri, Ελένη=eleni, 美咲=misaki, 伟=wei, 서연=seoyeon,
  محمد=mohammed, ليلى=layla, נועה=noa, यश=yash, สมชาย=somchai, Գայանե=gayane
`);

export const LAST_NAMES = parseNames(`
  Abbott, Baker, Clarke, Dubois, Evans, Fischer, Garcia, Hughes, Ivanova, Jansen, Kowalska, Lopez, Moreau, Novak,
  Okafor, Patel, Quinn, Rossi, Smith, Tanaka, Ueda, Vargas, Weber, Xu, Yilmaz, Zimmermann, Almeida, Bauer, Costa,
  Dlamini, Eriksen, Ferrari, Gupta, Haddad, Ito, Johnson, Khan, Larsen, Mensah, Nakamura, Oliveira, Popescu,
  Reddy, Silva, Torres, Usman, Verma, Wilson, Yamamoto, Zhang, Ahmed, Brown, Castillo, Diaz, Hassan, Kim, Lee, Mbeki,
  O'Brien=o'brien, D'Angelo=d'angelo, O’Neill=oneill, Müller=mueller, Sjöberg=sjoberg, Nuñez=nunez, Dvořák=dvorak,
  Şahin=sahin, Lefèvre=lefevre, Śliwińska=sliwinska, Smith-Jones=smith-jones, de la Cruz=delacruz,
  van der Berg=vanderberg, St. John=st.john, Кузнецова=kuznetsova, Παπαδόπουλος=papadopoulos, 佐藤=sato, 王=wang,
  김=kim, العلي=alali, כהן=cohen, शर्मा=sharma, ไชยวงศ์=chaiwong, Պետրոսյան=petrosyan
`);

/** Names that break careless software: each first and last name has met a database, a spreadsheet or a page before. */
export const AWKWARD_NAMES: readonly (readonly [firstName: string, lastName: string])[] = [
  ['', ''],
  ['Null', 'Null'],
  ['undefined', 'NaN'],
  ['True', 'False'],
  ['Robert"); DROP TABLE users;--', "Tables'"],
  ['=SUM(A1:A9)', '+1-1'],
  ['<b>Bold</b>', 'O&Neil'],
  ['Back\\slash', '"Quoted"'],
  ['Comma, Jr.', 'Semi;colon'],
  ['  Padded ', '\tTabbed\t'],
  ['Line\nBreak', 'Carriage\r\nReturn'],
  ['Zero\u200bWidth', 'Right\u200fTo\u200eLeft'],
  ['👩🏽‍💻', '🦄'],
  ['𝓕𝓪𝓷𝓬𝔂', '𠮷野家'],
  ['Wolfeschlegelsteinhausenbergerdorff'.repeat(4), 'X'],
  ['%s', '${name}'],
];

export const DOMAINS = ['example.com', 'example.org', 'emea.example.com', 'apac.example.net'] as const;

/** Addresses that are unusual and valid: they are given to a few people besides the awkward names. */
export const AWKWARD_LOCAL_PARTS = [
  'rené.müller',
  'ann+bots',
  "conan.o'brien",
  'ольга.к',
  'x',
  'first_last-99',
] as const;

// prettier-ignore
export const BOT_NAMES = [
  'Benefits Desk', 'Branch Finder', 'Card Services', 'Claims First Notice', 'Collections', 'Concierge',
  'Dealer Support', 'Expense Helper', 'Facilities', 'Fleet', 'Fraud Alert', 'HR Assistant', 'IT Helpdesk',
  'Invoice Status', 'Leave Planner', 'Loan Advisor', 'Loyalty', 'Meeting Rooms', 'Mortgage', 'Network Status',
  'Onboarding', 'Order Tracking', 'Outage', 'Password Reset', 'Payroll', 'Pharmacy', 'Policy Finder',
  'Procurement', 'Returns', 'Sales Coach', 'Shipping', 'Statements', 'Store Locator', 'Supplier Portal',
  'Travel', 'Vendor Risk', 'Warranty', 'Wealth', 'Wellbeing', 'Workplace',
] as const;

// prettier-ignore
export const BOT_ROLE_NAMES = [
  'Bot Owner', 'Bot Developer', 'Bot Tester', 'Bot Viewer', 'NLP Trainer', 'Dialog Author', 'Analytics Reader',
  'Publisher', 'Knowledge Editor', 'Channel Operator', 'Support Agent', 'Auditor',
] as const;

export const ADMIN_ROLE_NAMES = [
  'admin',
  'User Administrator',
  'Security Officer',
  'Compliance Auditor',
] as const;

// prettier-ignore
export const GROUP_NAMES = [
  'Claims', 'Contact Centre', 'Data Science', 'Design', 'Digital Channels', 'Finance', 'Human Resources',
  'Infrastructure', 'Internal Audit', 'Legal', 'Marketing', 'Mobile', 'Operations', 'Payments', 'Platform',
  'Procurement', 'Quality', 'Retail Banking', 'Risk & Compliance', 'Sales "North"', "Sales d'Azur", 'Security',
  'Service Desk', 'Strategy', 'Süd/Ost', 'Training', 'Treasury', 'Vertrieb', 'Wholesale', '営業部',
] as const;
