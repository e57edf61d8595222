// The script of the page: starts the player on <video id="video">. Add your own code below.
//
// What transforms send arrives as an event on `document`:
//
//   document.addEventListener('framegear:message', (event) => console.log(event.detail));
//
// and every change of state as 'framegear:state', with { state, reason, code } as its detail.
//
// A dynamic import works in a module and in a plain script, so that this file also serves a base.html
// written for WebGear_RTC.
void import('./player/main.js').then(({ startPlayer }) => startPlayer());
