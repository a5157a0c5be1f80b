#include "render/text.h"
