import type { Page } from 'playwright-core';
import type { BadLink } from './bad-link.js';

/**
 * Lets every connection that the page makes go through `link`: its offers reach the server without the page's own addresses, and
 * the answers name the relay. To be called before the page is opened.
 */
export async function relayOffers(page: Page, link: BadLink): Promise<void> {
  await page.route('**/offer', async (route) => {
    const offer = route.request().postDataJSON() as { sdp: string };
    const hidden = { ...offer, sdp: link.hideViewer(offer.sdp) };
    // A page that is gone, or a server that is, answers nobody.
    const response = await route.fetch({ postData: hidden }).catch(() => null);
    if (response === null) {
      await route.abort().catch(() => undefined);
      return;
    }
    if (!response.ok()) {
      await route.fulfill({ response }).catch(() => undefined);
      return;
    }
    const answer = (await response.json()) as { sdp: string };
    const relayed = { ...answer, sdp: link.answerThrough(answer.sdp) };
    await route.fulfill({ response, json: relayed }).catch(() => undefined);
  });
}
