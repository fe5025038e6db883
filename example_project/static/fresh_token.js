// A page that the browser kept for Back holds the token that it had. Take the one that counts now.
addEventListener("pageshow", () => {
  const token = document.cookie.match(/(?:^|; )csrftoken=(\w+)/)?.[1]
  if (token) document.getElementsByName("csrfmiddlewaretoken").forEach((field) => (field.value = token))
})
