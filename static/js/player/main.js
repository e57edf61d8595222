import { readConfig } from './config.js';
import { Connection } from './connection.js';
import { setUpControls } from './controls.js';
import { byId, hasPicture } from './dom.js';
import { QualityMenu } from './quality-menu.js';
import { StatisticsView } from './statistics-view.js';
import { StatusView } from './status-view.js';

/**
 * Plays the stream on `<video id="video">`; does nothing on a page that has none. All other elements
 * (state, buttons, statistics) are used when the page has them.
 */
export function startPlayer() {
  const video = byId('video', HTMLVideoElement);
  if (!video) return;
  const connection = new Connection(video, readConfig());
  const statusView = new StatusView(connection);
  const qualityMenu = new QualityMenu(connection);
  const statisticsView = new StatisticsView((watched) => connection.talk.watch(watched));
  setUpControls(video, statisticsView);
  for (const type of ['loadeddata', 'resize']) video.addEventListener(type, () => fitStage(video));

  connection.addEventListener('state', () => {
    statusView.show(connection.state);
    if (connection.state.state !== 'live') statisticsView.clear();
    dispatch('framegear:state', connection.state);
  });
  connection.addEventListener('statistics', () => {
    if (connection.state.state !== 'live') return;
    statisticsView.show(connection);
    qualityMenu.show();
  });
  connection.addEventListener('renditions', () => qualityMenu.show());
  connection.addEventListener('message', (event) => {
    dispatch('framegear:message', /** @type {CustomEvent} */ (event).detail);
  });

  window.addEventListener('online', () => connection.nudge());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') connection.nudge();
  });
  // the server learns at once that we left; a page kept for "back" starts anew when it is shown
  window.addEventListener('pagehide', () => connection.stop());
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) connection.start();
  });
  connection.start();
}

/**
 * Gives the stage the shape of the picture, upright phone videos included.
 *
 * @param {HTMLVideoElement} video
 */
function fitStage(video) {
  if (!hasPicture(video)) return;
  const ratio = video.videoWidth / video.videoHeight;
  document.documentElement.style.setProperty('--ratio', String(ratio));
}

/**
 * @param {string} type
 * @param {unknown} detail
 */
function dispatch(type, detail) {
  document.dispatchEvent(new CustomEvent(type, { detail }));
}
