/** Every text of the app, English and Korean side by side. A key that lacks one does not compile. */
import { accounts } from "./accounts";
import { alerts } from "./alerts";
import { common } from "./common";
import { monitoring } from "./monitoring";
import { problems } from "./problems";
import { reports } from "./reports";

export const catalogue = { common, accounts, monitoring, alerts, reports, problems } as const;
