import type { Locator, Page } from '@playwright/test';

/** What stands in the window about an agent. */
export const card = (page: Page, label: string): Locator => page.getByRole('region', { name: label, exact: true });

export const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });

/** Chooses an action from an agent's menu. */
export async function choose(page: Page, label: string, action: string): Promise<void> {
  await button(page, `Actions for ${label}`).click();
  await page.getByRole('menuitem', { name: action }).click();
}

/** Sets an agent up by clicks, once its change is shown. */
export async function setUp(page: Page, label: string): Promise<void> {
  await button(page, `Set up: ${label}`).click();
  await page.getByRole('region', { name: /^Change of / }).waitFor();
  await button(page, 'Set up').click();
  await card(page, label).getByText(`${label} is set up.`).waitFor();
}
