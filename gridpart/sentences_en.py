"""Patterns of the sentences that a plan keeps, in English; their Chinese is `sentences_zh`.

Keys are for good: plans in files are told by them. A pattern that needs other parts gets
another key.
"""

from gridpart.sentences_data_en import FOUND_ENGLISH

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
    # --- said while it works ---
    "compiling": "compiling the search: about ten seconds, once on this machine",
    "cells_of": "cells of {name}",
    "grids_of": "grids of {name}",
    "tiles_lack": "points or outsiders among units that tile: ground goes to the nearest",
    "interrupted": "interrupted: the communities left keep their first plan",
    # --- said of a whole plan ---
    "street_whole": "The communities name no sub-district (street_id), and their codes "
    "have not 12 digits: the whole district counts as one, {name}.",
    "streets_by_code": "The communities name no sub-district (street_id): the first 9 digits "
    "of their codes tell it, {n} in all: {streets:names}.",
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
    "cells_mended": "{control} cells lost control characters that a sheet cannot hold; "
    "{cut} cells were cut, being too long.",
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
    "basis_number": "{number} per grid [{label}]",
    "basis_per": "1 per {per} {measure:measure} [{label}]",
    "basis_hours": "1 per {hours} hours a month [{label}]",
    "label_found": "found",
    "label_press": "press",
    "label_assumption": "assumption",
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
    # --- what could be done instead ---
    "alt_join": "Join it with grid {other} ({held:counted} together): {price:semicolon}.",
    "alt_give": "Move {units:names:3} to grid {other} ({here:counted} here, {there:counted} "
    "there): {price:semicolon}.",
    "alt_take": "Take {units:names:3} from grid {other} ({here:counted} here, {there:counted} "
    "there): {price:semicolon}.",
    "alt_split": "Divide it, {units:names:3} apart ({here:counted} and {there:counted}): "
    "{price:semicolon}.",
    "alt_out": "{held:counted} would be out of {range}",
    "alt_far": "a walk of {walk:number} m would be beyond {limit:number} m",
    "alt_free": "no rule of the level would be broken",
    "alt_cut": 'Cut {units:names:3} by split_to = "{finer}" into {n} pieces of at most '
    "{most:counted}.",
    "alt_crossing": "{then} That needs a crossing over the barrier.",
    "alt_unlocked": "{then} Then {codes:names} would not be kept.",
    "alt_most": "Let a grid hold up to {held:counted}.",
    "alt_least": "Let a grid hold as little as {held:counted}.",
    "alt_radius": "Let the radius be {walk:number} m.",
    "alt_station": "Open a station nearer to {units:names:3}, or let the radius be {walk:number} "
    "m.",
    # --- incidents ---
    "incidents_counted": "{column}: {counted:number} reports in {used} of {records} records, "
    "from {first} to {last} ({years} years), in {hit} of {total} units; the others count 0.",
    "incidents_no_rate": "{column}: {n} of {total} units have no {per:measure} and no rate; {hit} "
    "of them have reports, which count in hours.",
    "incidents_replaced": "Columns of the units replaced by those counted from incidents: {column}",
    # --- why a grid breaks a rule ---
    "range_between": "{low:number}-{high:number}",
    "range_from": "at least {low:number}",
    "range_to": "at most {high:number}",
    "out_of_range": "Grid {grid}: {held:counted}, range {limits}; {why}.",
    "community_bare": "Grid {grid}: community {community} has no units.",
    "community_bare_no_grid": "Community {community} has no units, and no grid.",
    "compound_atom": "compound {name}",
    "building_atom": "building {name}",
    "stairwell_atom": "stairwell {number} of {name}",
    "stairwell_atom_only": "stairwell of {name}",
    "and_cause": "{why}, and {cause}",
    "unproven": "nothing shows that it had to be",
    "unproven_join": "{heavy:names:3} alone has {size:number}, but nothing shows that "
    "{rest:names:3} had to join it",
    "never_divided": "its level does not divide communities",
    "communities_given": "which communities it holds is given, and no plan chooses it",
    "alone_has": "{name} alone has {size:number}",
    "heavy_cuts_off": "oversize {cut:names:3} cuts off {units:names:3} with only {held:counted}",
    "no_set": "no contiguous set of units around {name} adds up to {limits} {measure:measure}",
    "community_has_only": "its community has only {held:counted}",
    "barrier_cuts_off": "a barrier cuts off {units:names:3} with only {held:counted}",
    "border_no_other": "{units:names:3} with only {held:counted} border no other unit",
    "no_plan_betters": "{units:names:3} cannot be divided into grids that are less out of range "
    "in all",
    "no_count_holds": "no number of grids holds {span} ({shown})",
    "too_few_partners": "no two of {needy:names:3} fit into one grid, only {partners:names:3} "
    "could complete them, and {short} of {total} must do without",
    "too_far": "Grid {grid}: {walk:number} m from {place} to the farthest unit, at most "
    "{most:number} m; beyond: {units:names}.",
    "too_far_why": "Grid {grid}: {walk:number} m from {place} to the farthest unit, at most "
    "{most:number} m; beyond: {units:names}; {why}.",
    "its_center": "its center",
    "nearest_station": "the nearest station",
    "no_station_nearer": "no division of grids brings a station nearer",
    "kept_whole": "{what} is kept whole",
    "range_first": "the range goes first, and {why}",
    "radius_first": "the radius goes first, and {why}",
    "no_center": "no center within {most:number} m reaches {least:counted} from {units:names}",
    "kept_by_wish": "{what} It is kept unit for unit by wish, and locks go before this rule.",
    "in_a_hole": "Grid {inside} lies in a hole of grid {around}; no better plan was found.",
    # --- laws that a plan breaks ---
    "area_of_community": "community {name}",
    "area_of_district": "the district",
    "grid_named": "grid {name}",
    "site_named": "site {name}",
    "none_covers": "No grid of level {level:level} covers {region}.",
    "leaves_bare": "Grids of level {level:level} in {region} leave {share} in a million of its "
    "area uncovered; {area} m2 of that lie beside grid {grid}.",
    "reaches_outside": "Grids of level {level:level} in {region} cover {share} in a million of "
    "its area outside it; {area} m2 of that lie beside grid {grid}.",
    "community_strange": "Grid {grid} names the community {community}, which does not exist.",
    "overlaps": "There are {area} m2 of {region} in {both:and} at once.",
    "parent_strange": "Grid {grid} names the parent {parent}, which is no grid of level "
    "{level:level}.",
    "outside_parent": "Grid {grid} lies outside its parent {parent} with {area} m2.",
    "not_in_parent": "Grid {grid} holds units that are not in its parent: {units:names}.",
    "code_no_text": "The code {code} of level {level:level} is no text.",
    "torn": "Community {name} is divided among grids {grids:names} of level {level:level}.",
    "code_twice": "The code {code} of level {level:level} stands for more than one grid.",
    "code_of_other": "The code {code} of level {level:level} does not begin with the code of its "
    "parent, {parent}.",
    "units_twice": "{n} of {total} units are in the table more than once: {units:names}.",
    "units_no_grid": "{n} of {total} units have no grid of level {level:level}: {units:names}.",
    "units_no_such_grid": "{n} of {total} units have codes that no grid of level {level:level} "
    "has: {units:names}.",
    "units_abroad": "{n} of {total} units are in a grid of another community: {units:names}.",
    "units_outside": "{n} of {total} units lie outside the outline of their grid: {units:names}.",
    "divided": "Grids {grids:names} of level {level:level} divide {what} among them.",
    "sum_differs": "Level {level:level} holds {total} of {wanted} {measure:measure}.",
    "grid_sum_differs": "Grid {grid} states {stated} {measure:measure}; its units have {actual}.",
    "grid_in_pieces": "Grid {grid} lies in {n} pieces: {apart:names} apart from {rest:names}.",
    "site_not_beside": "Grid {grid} does not adjoin site {site}, where it has {units:names}.",
    # --- what a law was held to ---
    "checked_cover": "{n} covered, at worst {share} in a million of the area amiss",
    "checked_overlap": "at worst {share} in a million of the area twice",
    "checked_no_nesting": "nests in no level of this plan",
    "checked_nesting": "{n} grids, at worst {share} in a million of a parent's area outside it",
    "checked_codes": "{n} grids, {codes} codes",
    "checked_units": "{n} of {total} units in one grid each",
    "checked_sums": "{sums:comma}",
    "checked_sum": "{total} {measure:measure}",
    "checked_whole": "grids are whole communities",
    "checked_pieces": "{n} grids, {broken} in pieces",
    "checked_enclaves": "{n} grids, {broken} in pieces; in pieces as their community is: "
    "{codes:names}",
    **FOUND_ENGLISH,
}
