"""Patterns of the sentences that a plan keeps, in English; their Chinese is `sentences_zh`.

Keys are for good: plans in files are told by them. A pattern that needs other parts gets
another key.
"""

__all__ = ["ENGLISH"]

ENGLISH: dict[str, str] = {
    # --- pieces of sentences ---
    "span": "{low} to {high}",
    "gap_first": "{total:counted}: 1 grid needs at least {least:number}",
    "gap_second": "{total:counted}: 1 grid holds at most {most:number}, 2 grids need at least "
    "{least:number}",
    "gap": "{total:counted}: {few} grids hold at most {most:number}, {more} grids need at least "
    "{least:number}",
    # --- cutting buildings ---
    "limit": "a {level:level} grid (at most {most:number} {measure:measure})",
    "limit_clause": "a {level:level} grid (at most {most:number} {measure:measure}; "
    "{clause:clause})",
    "into_stairwells": "its {n} stairwells",
    "into_bands": "{n} bands of {floors} floors",
    "cut": "Building {unit} ({held:counted}) exceeds {limit} and was cut into {into:and}, of "
    "{sizes} {measure:measure} each.",
    "cut_exceeds": "Building {unit} ({held:counted}) exceeds {limit} and was cut into "
    "{into:and}, of {sizes} {measure:measure} each; a part that exceeds it still stands alone: "
    "{why}.",
    "shared_out": "The counts of cut buildings are shared out evenly over their stairwells and "
    "floors.",
    "unit_held": "{unit} ({held:counted})",
    "one_exceeds": "{n} unit alone exceeds a grid: {units:names}; {why}.",
    "some_exceed": "{n} units alone exceed a grid: {units:names}; {why}.",
    "cuts_nothing": 'split_to = "{split_to}" cuts no building',
    "one_stairwell": 'it is one stairwell, where split_to = "stairwell" stops',
    "one_floor": "it is one floor",
    "no_stairwells_floors": "the columns stairwells and floors, by which it could be cut, are "
    "empty",
    "column_empty": "the column {column:measure}, by which it could be cut, is empty",
    # --- said of a whole plan ---
    "no_number": "No number of {level:level} grids divides {name}: {why}.",
    "opened": "Compound {name} ({held:counted}) lies in several {level:level} grids: {why}.",
    "opened_balance": "its load alone left grids uneven, and the weight of compounds allows it",
    "opened_exceeds": "it holds more than a grid may",
    "opened_pieces": "it lies in pieces, cut by a barrier or another unit",
    "opened_range": "or a grid would be out of range",
    "straight_line": "the straight line times {detour}, an assumption for the walk",
    "no_stations": "The rules measure walks from stations, and the district has none: a grid's "
    "best center stands in.",
    "no_streets": "Radius is measured from a grid's middle; with no streets given, a walk is "
    "{way}.",
    "no_street_near": "{n} of {total} units have no street within {reach} m; where it is shorter "
    "than by the nearest street, their way is {way}: {units:names}.",
    "streets_apart": "The streets are in {pieces} pieces that do not meet; between them a walk "
    "is {way}.",
    "no_font": "No font with Chinese characters is installed, so the maps are labeled in English "
    "and by codes; install Noto Sans CJK SC.",
    # --- difficulty and hours ---
    "column_taken": "Column {short} of the units is taken as {full}.",
    "no_indicators": "no indicator columns ({columns:names}): difficulty not used, every score "
    "is 0",
    "indicator_missing": "{n} of {total} units have no {column!r}: their other indicators make up "
    "the score",
    "indicator_constant": "{column!r} is the same in all units: it scores 0 in each",
    "weight": "{column} {share}",
    "by_ahp": "Weights by AHP, consistency ratio {ratio}",
    "by_entropy": "Weights by entropy",
    "weights": "{how}: {weights:comma}.",
    "weights_idle": "{how}: {weights:comma}; the same in all units, which is no weight: "
    "{idle:comma}.",
    "weights_alike": "{how}: {weights:comma}; the same in all units, which is no weight: "
    "{idle:comma}; as none differs, all count alike.",
    "no_indicator": "{n} of {total} units have no indicator at all: {instead}",
    "score_unused": "difficulty not used, every score is 0",
    "score_of_community": "they take the mean score of their community",
    "score_of_others": "they take the mean score of the others, {mean}",
    "tasks_left_out": "no columns {columns:comma} in the units: hours leave out their tasks",
    "hours_missing": "{n} of {total} units have no {column!r}: their hours take the mean of the "
    "units of their community",
    "grade_count": "{grade:grade} {n}",
    "grades": "Units by class of difficulty: {counts:comma}.",
    # --- exclusive sites ---
    "became_sites": "{n} units became exclusive sites ({kind}; {clause:clause}): {units:names}.",
    "sites_unknown": "{n} units state no floors or kind, so that nobody knows whether they are "
    "exclusive sites ({kind}); they are not: {units:names}.",
    "points_no_sites": "{n} units are points and cannot be exclusive sites: {units:names}.",
    "site_stays": "Exclusive site {name} holds {held:counted}, too many for one grid "
    "({clause:clause}), and stays one grid: {why:semicolon}.",
    "site_split": "Exclusive site {name} holds {held:counted}, too many for one grid "
    "({clause:clause}), and became {n} grids with {sizes} each{assumed}{kept}.",
    "site_floors_even": "; that its floors are spread evenly is an assumption, and ground drawn "
    "for such a grid stands for its share",
    "site_shares_even": "; that its {measure:measure} are spread evenly is an assumption, and "
    "ground drawn for such a grid stands for its share",
    "site_too_large": "; one or more are still too large: {why:semicolon}",
    "one_building": "it is one building",
    "floors_unknown": "its floors are not known",
    "floor_holds_more": "a single floor holds more",
    # --- the plan in force ---
    "retired_not_again": "Codes that were retired are not given again: {codes:names}.",
    "codes_by_template": "{n} {level:level} grids got a code by the template: {pairs:names}.",
    "level_unknown": "{plan} says nothing of level {levels:comma}, whose codes are all new.",
    "units_gone": "{n} units are no longer in the district ({plan}): {units:names}.",
    "units_new": "{n} units are new since ({plan}): {units:names}.",
    "codes_retired": "{n} codes are retired and will not be given again: {codes:names}.",
    "grids_kept": "{n} grids stay as they are in {plan}, by wish: {codes:names}.",
    "kept_without": "Grid {code} of level {level:level} is kept without {n} units that are no "
    "longer in the district: {units:names}.",
    "joins_kept": "Unit {unit} is new and lies among kept grids: it joins grid {code} of level "
    "{level:level}.",
    # --- posts and persons ---
    "no_hours": "Post {post} ({title}) is counted by hours, and the plan has no hours of "
    "{level:level} grids: none are counted.",
    "pairs_missing": "Post {post} ({title}): {total} for {grids} grids would need {wanted} pairs "
    "of neighboring grids with one parent, and there are {found}: {more} more are needed.",
    "personal_left_out": "{file}: columns that look personal were left out: {columns:names}.",
    "roster_left_out": "{file}: columns that a roster has no use for were left out: "
    "{columns:names}.",
    "home_strange": "{n} persons of the roster name a home unit or community that the district "
    "does not have: {persons:names}.",
    "home_unknown": "{n} persons have no known home; they get posts that nobody nearer can fill: "
    "{persons:names}.",
    "home_community": "The home of {n} persons is taken to be the middle of their community, an "
    "assumption: {persons:names}.",
    "vacancy": "{title} {n}",
    "vacant": "{n} of {total} posts are vacant: {posts:comma}.",
    "left_over": "{n} persons of the roster are left over: {persons:names}.",
    "lacking": "{person} in {code} ({skills})",
    "skills_lacking": "{n} persons lack skills that their grid wants: {persons:names}.",
    "straight_homes": "{n} walks from home to a grid are straight lines times the detour, an "
    "assumption.",
    # --- stations ---
    "stations": "{n} new stations would bring {after} of {total} {measure:measure} within "
    "{within} m of a station, instead of {before}; {bound}. At {units:comma}.",
    "stations_none": "{n} new stations would bring {after} of {total} {measure:measure} within "
    "{within} m of a station, instead of {before}; {bound}. At none: nobody is farther.",
    "stations_best": "no other places bring more",
    "stations_bound": "no places can bring more than {best}",
    # --- incidents ---
    "incidents_counted": "{column}: {counted:number} reports in {used} of {records} records, "
    "from {first} to {last} ({years} years), in {hit} of {total} units; the others count 0.",
    "incidents_no_rate": "{column}: {n} of {total} units have no {per:measure} and no rate; {hit} "
    "of them have reports, which count in hours.",
    "incidents_replaced": "Columns of the units replaced by those counted from incidents: {column}",
}
