'use strict';
// Lose nothing that is typed: keep it in this tab until it is saved, ask before leaving, and go on
// after the session ended and the editor signed in again in another tab.
{
    const PREFIX = 'django_http4xx:';
    const FRESH = 60_000; // milliseconds for which a session that was there is taken to be there
    const notices = document.querySelector('.http4xx-unsaved');
    const form = notices && notices.closest('form');

    // The storage may be full, or forbidden.
    function attempt(task) {
        try {
            return task();
        } catch {
            return null;
        }
    }

    const read = key => attempt(() => JSON.parse(sessionStorage.getItem(key)));
    const write = (key, kept) => attempt(() => sessionStorage.setItem(key, JSON.stringify(kept)));
    const forget = key => attempt(() => sessionStorage.removeItem(key));

    // Whether the form at `path` was sent, and its answer led here: that is how the admin saves.
    function isSaved(kept) {
        const [navigation] = performance.getEntriesByType('navigation');
        const from = document.referrer && new URL(document.referrer).pathname;
        return kept.sent && navigation && navigation.redirectCount > 0 && from === kept.path;
    }

    function forgetWhatWasSaved() {
        for (const key of attempt(() => Object.keys(sessionStorage)) || []) {
            const kept = key.startsWith(PREFIX) && read(key);
            if (kept && isSaved(kept)) {
                forget(key);
            }
        }
    }

    function watch() {
        const key = keyOf();
        const untouched = JSON.stringify(values());
        // The form came back with what was sent, and why it was not saved.
        const isReturned = notices.dataset.returned !== undefined;
        let seenAt = -Infinity; // when the session was there last
        let isRenewing = false;
        let isWaiting = false; // to submit the form
        let isEnded = false;

        function keyOf() {
            const query = new URLSearchParams(location.search);
            query.delete('_changelist_filters');
            const isNew = !form.elements.opened_with;
            return `${PREFIX}${notices.dataset.user}:${location.pathname}?${isNew ? query : ''}`;
        }

        function fields() {
            const ignored = /^(csrfmiddlewaretoken|opened_with|clash|choice_.*|preview_.*|_.*|)$/;
            return [...form.elements].filter(field => !ignored.test(field.name));
        }

        function values() {
            return Object.fromEntries(fields().map(field => [
                field.name, field.type === 'checkbox' ? field.checked : field.value,
            ]));
        }

        function state() {
            return form.elements.opened_with ? form.elements.opened_with.value : '';
        }

        function isTouched() {
            return isReturned || JSON.stringify(values()) !== untouched;
        }

        function keep(sent = false) {
            if (isTouched()) {
                write(key, {values: values(), state: state(), path: location.pathname, sent});
                addEventListener('beforeunload', ask);
            } else {
                forget(key);
                removeEventListener('beforeunload', ask);
            }
        }

        function ask(event) {
            event.preventDefault();
            event.returnValue = ''; // Chromium before 119
        }

        function put(kept) {
            for (const field of fields()) {
                if (field.type === 'checkbox') {
                    field.checked = Boolean(kept[field.name] ?? field.checked);
                } else if (typeof kept[field.name] === 'string') {
                    field.value = kept[field.name];
                }
            }
            form.dispatchEvent(new Event('input', {bubbles: true}));
        }

        function show(name) {
            for (const notice of notices.querySelectorAll('[data-notice]')) {
                notice.hidden = notice.dataset.notice !== name;
            }
        }

        // Bring back what was typed before; if the text is another one by now, only on demand.
        function bringBack() {
            const kept = read(key);
            if (!kept || isReturned || JSON.stringify(kept.values) === untouched) {
                return;
            }
            if (kept.state === state() && notices.dataset.earlier === undefined) {
                put(kept.values);
                show('restored');
            } else {
                show('offered');
            }
            notices.addEventListener('click', event => {
                if (event.target.name === 'http4xx-use') {
                    put(kept.values);
                    show('restored');
                } else if (event.target.name === 'http4xx-discard') {
                    put(JSON.parse(untouched));
                    forget(key);
                    show('');
                }
            });
        }

        // "renewed", "ended" if nobody is signed in, "refused", or "unreachable".
        async function renewToken() {
            let response;
            try {
                response = await fetch(notices.dataset.tokenUrl, {redirect: 'manual', cache: 'no-store'});
            } catch {
                return 'unreachable';
            }
            if (response.type === 'opaqueredirect' || response.status === 401) {
                return 'ended';
            }
            if (response.status === 403) {
                return 'refused';
            }
            const answer = response.ok && await response.json().catch(() => null);
            if (!answer) {
                return 'unreachable';
            }
            form.elements.csrfmiddlewaretoken.value = answer.token;
            return 'renewed';
        }

        async function renew() {
            isRenewing = true;
            const came = await renewToken();
            isRenewing = false;
            seenAt = came === 'renewed' ? performance.now() : -Infinity;
            const wasEnded = isEnded;
            isEnded = came === 'ended' || came === 'refused';
            if (isEnded) {
                show(came);
            } else if (wasEnded) {
                show('');
            }
            form.dispatchEvent(new CustomEvent('http4xx:token', {detail: came}));
            return came;
        }

        form.addEventListener('input', () => keep());
        form.addEventListener('change', () => keep());
        form.addEventListener('http4xx:refused', renew);
        form.addEventListener('http4xx:shown', () => {
            seenAt = performance.now();
        });
        // Somebody comes back, and may have signed in again meanwhile.
        for (const [target, name] of [[document, 'visibilitychange'], [window, 'focus']]) {
            target.addEventListener(name, () => {
                if (document.visibilityState === 'visible' && !isRenewing) {
                    renew();
                }
            });
        }
        form.addEventListener('submit', async event => {
            const button = event.submitter;
            if (button && button.formTarget) {
                return; // the preview, in a tab of its own
            }
            if (!isRenewing && !isEnded && performance.now() - seenAt < FRESH) {
                keep(true);
                removeEventListener('beforeunload', ask);
                return;
            }
            event.preventDefault();
            if (isWaiting) {
                return;
            }
            isWaiting = true;
            const came = await renew();
            isWaiting = false;
            if (came === 'renewed' || came === 'unreachable') {
                seenAt = performance.now(); // where nothing answers, the browser says so itself
                form.requestSubmit(button);
            } else {
                notices.querySelector('[data-notice]:not([hidden]) a').focus();
            }
        });
        // A page that the browser kept for Back was left after all.
        addEventListener('pageshow', event => {
            if (event.persisted) {
                keep();
            }
        });

        forgetWhatWasSaved();
        bringBack();
        if (isReturned) {
            keep();
        }
    }

    if (form) {
        watch();
    } else {
        forgetWhatWasSaved();
    }
}
