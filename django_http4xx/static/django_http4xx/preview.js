'use strict';
// Show the page and the JSON for the unsaved text, shortly after each change.
{
    const PAUSE = 400; // milliseconds without a keystroke
    const area = document.querySelector('.http4xx-preview');
    const form = area && area.closest('form');
    let timer = 0;
    let latest = 0;
    let start = {}; // the initial values of a form for this error and language

    function copyOf(data) {
        const copy = document.createElement('form');
        copy.method = 'post';
        copy.hidden = true;
        for (const [name, value] of data) {
            const input = document.createElement('input');
            input.type = 'hidden';
            input.name = name;
            input.value = value;
            copy.append(input);
        }
        return copy;
    }

    // Replace the frame: loading a page into an existing one adds an entry to the history.
    function showPage(data) {
        const frame = area.querySelector('iframe');
        const fresh = frame.cloneNode();
        fresh.removeAttribute('src');
        fresh.name = `http4xx-page-${latest}`;
        const copy = copyOf(data);
        copy.action = area.dataset.pageUrl;
        copy.target = fresh.name;
        frame.replaceWith(fresh);
        document.body.append(copy);
        copy.submit();
        copy.remove();
    }

    function showHints(hints) {
        for (const [name, text] of Object.entries(hints)) {
            const element = form.querySelector(`[data-built-in="${name}"]`);
            if (element) {
                element.textContent = text;
            }
        }
    }

    // When the error or language changes, replace the words that the editor has not changed.
    function follow(fresh) {
        for (const [name, text] of Object.entries(start)) {
            const field = form.elements[name];
            if (field && text && field.value === text && text !== fresh[name]) {
                field.value = fresh[name];
                later();
            }
        }
        start = fresh;
    }

    function showPlaceholders(placeholders) {
        const list = form.querySelector('.http4xx-placeholders');
        if (list) {
            list.replaceChildren(...placeholders.flatMap(([name, meaning]) => {
                const term = document.createElement('dt');
                const code = document.createElement('code');
                code.textContent = `{${name}}`;
                term.append(code);
                const description = document.createElement('dd');
                description.textContent = meaning;
                return [term, description];
            }));
        }
    }

    function showFaults(faults) {
        area.querySelector('.faults').replaceChildren(...faults.map(text => {
            const item = document.createElement('li');
            item.textContent = text;
            return item;
        }));
    }

    // null if the server cannot be reached, or redirects to the login page.
    async function answerTo(data) {
        try {
            const response = await fetch(area.dataset.url, {method: 'POST', body: data, redirect: 'error'});
            return response.ok ? await response.json() : null;
        } catch {
            return null;
        }
    }

    async function update() {
        const turn = ++latest;
        const data = new FormData(form);
        const shown = await answerTo(data);
        if (turn !== latest) {
            return;
        }
        if (!shown) {
            showFaults([area.dataset.failed]);
            return;
        }
        follow(shown.start);
        showHints(shown.built_in);
        showPlaceholders(shown.placeholders);
        showFaults(shown.faults);
        area.querySelector('pre').textContent = shown.json;
        showPage(data);
    }

    function later() {
        clearTimeout(timer);
        timer = setTimeout(update, PAUSE);
    }

    function makeAsWideAsChosen() {
        area.querySelector('iframe').classList.toggle('narrow', form.elements.preview_narrow.checked);
    }

    if (form) {
        form.addEventListener('input', event => {
            if (event.target.name === 'preview_narrow') {
                makeAsWideAsChosen();
            } else {
                later();
            }
        });
        area.querySelector('.live').hidden = false;
        area.querySelector('button').hidden = true;
        makeAsWideAsChosen();
        update();
    }
}
