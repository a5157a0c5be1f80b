"""TAP for scenarios: a scenario is one test, and holds when all its expectations do."""
import sys
import time
import traceback


class Skip(Exception):
    """This kernel or machine cannot do it; the text says why."""


def missing(some, all_):
    """A few of those in `some` that are not in `all_`."""
    return [item for item in some if item not in all_][:4]


def shorten(text):
    return text if len(text) < 600 else text[:600] + ' …'


class Expectations:
    def __init__(self):
        self.failures = []
        self.count = 0

    def true(self, what, condition, said=''):
        self.count += 1
        if not condition:
            self.failures.append(shorten(f'{what}: {said}' if said else what))

    def equal(self, what, got, wanted):
        if isinstance(got, (list, set)):
            self.true(what, got == wanted, f'only memwhy has {missing(got, wanted)}, only the kernel or tool '
                      f'has {missing(wanted, got)}')
        else:
            self.true(what, got == wanted, f'got {got!r}, the kernel or tool says {wanted!r}')

    def within(self, what, some, all_):
        self.true(what, set(some) <= set(all_), missing(some, all_))

    def between(self, what, got, low, high):
        self.true(what, got is not None and low <= got <= high, f'got {got!r}, expected {low} to {high}')

    def near(self, what, got, wanted, slack):
        self.between(what, got, wanted - slack, wanted + slack)


def run(scenarios, *arguments):
    """Each scenario is a function with a docstring, called with Expectations and `arguments`."""
    bad = 0
    print(f'1..{len(scenarios)}', flush=True)
    for number, scenario in enumerate(scenarios, 1):
        expect = Expectations()
        skipped = None
        start = time.monotonic()
        try:
            scenario(expect, *arguments)
            expect.true('the scenario expects something', expect.count > 0)
        except Skip as skip:
            skipped = str(skip)
        except Exception:
            expect.failures.append(traceback.format_exc())
        for failure in expect.failures:
            for line in failure.rstrip().splitlines():
                print('# ' + line)
        bad += bool(expect.failures)
        print(f'# {time.monotonic() - start:.1f} s')
        title = f'{number} - {scenario.__name__.replace("_", " ")}: {scenario.__doc__.split(chr(10))[0]}'
        if expect.failures:
            print('not ok', title)
        else:
            print('ok', title + (f' # SKIP {skipped}' if skipped else ''))
        sys.stdout.flush()
    return 1 if bad else 0
