"""What the checks with real clients have in common: a list of functions, run one after the other."""


def run(title, checks, client, model):
    """Calls each of `checks`, prints a line for each and the count; the exit status."""
    failed = 0
    for function in checks:
        try:
            print(f"ok    {function.__name__}: {function(client, model) or ''}", flush=True)
        except Exception as error:  # noqa: BLE001: every failure is reported
            failed += 1
            print(f"FAIL  {function.__name__}: {type(error).__name__}: {error}", flush=True)
    print(f"{title}: {len(checks) - failed} of {len(checks)} passed")
    return 1 if failed else 0
