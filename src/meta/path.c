#include "meta/path.h"

#include <ctype.h>

enum { LONGEST_UNIT = 255 };

struct slice mw_path_last(struct slice path, struct slice *above)
{
	struct slice last = slice_last(path, '/');

	if (above)
		*above = (struct slice){ path.at,
					 path.len - last.len - (last.len < path.len ? 1 : 0) };
	return last;
}

bool mw_path_part(struct slice *path, struct slice *part)
{
	slice_word(path, "/");
	if (!path->len)
		return false;
	if (!slice_until(path, '/', part)) {
		*part = *path;
		*path = slice_skip(*path, path->len);
	} else {
		/* the mark is the next part's */
		*path = (struct slice){ path->at - 1, path->len + 1 };
	}
	return true;
}

bool mw_path_user(struct slice path, uint32_t *uid)
{
	struct slice part, stem;
	uint64_t number;

	while (mw_path_part(&path, &part)) {
		if (!mw_path_unit(part, ".slice", &stem) || !slice_word(&stem, "user-") ||
		    !slice_u64(&stem, &number) || stem.len || number > UINT32_MAX)
			continue;
		*uid = (uint32_t)number;
		return true;
	}
	return false;
}

bool mw_is_file_name(struct slice text)
{
	return text.len && *text.at != '.' && !memchr(text.at, '/', text.len);
}

bool mw_is_container_id(struct slice text)
{
	if (text.len != MW_ID_HEX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!isxdigit((unsigned char)text.at[i]))
			return false;
	return true;
}

bool mw_path_unit(struct slice name, const char *type, struct slice *stem)
{
	if (!slice_ends(name, type) || name.len == strlen(type))
		return false;
	*stem = (struct slice){ name.at, name.len - strlen(type) };
	return true;
}

bool mw_path_id(struct slice name, const char *prefix, struct slice *id)
{
	mw_path_unit(name, ".scope", &name);
	if (!slice_word(&name, prefix) || !mw_is_container_id(name))
		return false;
	*id = name;
	return true;
}

bool mw_path_of_slice(struct slice name, struct buf *out)
{
	struct slice stem;

	if (name.len > LONGEST_UNIT || !mw_path_unit(name, ".slice", &stem) ||
	    memchr(name.at, '/', name.len))
		return false;
	if (slice_is(stem, "-"))
		return true;
	for (size_t i = 0; i <= stem.len; i++) {
		if (i < stem.len && stem.at[i] != '-')
			continue;
		buf_char(out, '/');
		buf_add(out, (struct slice){ stem.at, i });
		buf_puts(out, ".slice");
	}
	return true;
}

size_t mw_unit_unescape(struct slice name, char *out, size_t size)
{
	size_t n = 0;

	while (name.len) {
		uint64_t byte = (unsigned char)*name.at;

		if (slice_word(&name, "\\")) {
			struct slice digits = slice_skip(name, 1);

			digits.len = digits.len < 2 ? digits.len : 2;
			if (!slice_begins(name, "x") || digits.len < 2 ||
			    !slice_hex(&digits, &byte) || digits.len || iscntrl((int)byte) ||
			    byte == '/')
				return 0;
			name = slice_skip(name, 3);
		} else {
			name = slice_skip(name, 1);
		}
		if (n == size)
			return 0;
		out[n++] = (char)byte;
	}
	return n;
}
